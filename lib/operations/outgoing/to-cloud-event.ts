import type { OutgoingEvent } from '../../store/outgoing-events.ts';
import { isoTime } from '../public-shapes.ts';

/** Digits of a sequence as sent, so that it sorts as text. */
const SEQUENCE_DIGITS = 10;

/** A CloudEvent 1.0; its JSON is what is sent. */
export interface OutgoingCloudEvent {
  readonly specversion: '1.0';
  readonly type: OutgoingEvent['type'];
  readonly source: string;
  readonly id: string;
  readonly subject: string;
  readonly time: string;
  readonly sequence: string;
  readonly datacontenttype: 'application/json';
  readonly data: OutgoingEvent['data'];
}

/** The event as it is sent: the same for every attempt. */
export const toCloudEvent = (event: OutgoingEvent, stage: string): OutgoingCloudEvent => ({
  specversion: '1.0',
  type: event.type,
  source: `urn:jobmeter:${stage}`,
  id: event.id,
  subject: event.subject,
  time: isoTime(event.time),
  sequence: String(event.sequence).padStart(SEQUENCE_DIGITS, '0'),
  datacontenttype: 'application/json',
  data: event.data,
});
