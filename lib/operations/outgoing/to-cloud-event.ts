import type { OutgoingEvent } from '../../store/outgoing-events.ts';

/** An event as it is sent: CloudEvents 1.0, structured JSON. */
export interface OutgoingCloudEvent {
  readonly specversion: '1.0';
  readonly id: string;
  readonly type: string;
  readonly source: string;
  readonly subject: string;
  readonly time: string;
  /** Of its topic, as text that sorts as the numbers do. */
  readonly sequence: string;
  readonly datacontenttype: 'application/json';
  readonly data: Readonly<Record<string, unknown>>;
}

export const toCloudEvent = (event: OutgoingEvent, source: string): OutgoingCloudEvent => ({
  specversion: '1.0',
  id: event.id,
  type: event.type,
  source,
  subject: event.subject,
  time: new Date(event.time).toISOString(),
  sequence: String(event.sequence).padStart(10, '0'),
  datacontenttype: 'application/json',
  data: event.data,
});
