import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { toCloudEvent } from '../../../../lib/operations/outgoing/to-cloud-event.ts';
import { OUTGOING_EVENTS } from '../../../../lib/shapes/outgoing-event.ts';
import { OUTGOING_TYPES, type OutgoingEvent } from '../../../../lib/store/outgoing-events.ts';
import { at } from '../world.ts';

const closed: OutgoingEvent = {
  id: 'month.closed/2026-10',
  type: 'month.closed',
  topic: { kind: 'months' },
  sequence: 24_322,
  time: at('2026-11-01T06:00:00Z'),
  subject: '2026-10',
  data: { month: '2026-10', closedAt: '2026-11-01T06:00:00.000Z' },
};

describe('an event as it is sent', () => {
  test('is a CloudEvent 1.0 of the stage, whose sequence sorts as text', () => {
    expect(JSON.stringify(toCloudEvent(closed, 'prod'))).toBe(
      '{"specversion":"1.0","type":"month.closed","source":"urn:jobmeter:prod","id":"month.closed/2026-10",' +
        '"subject":"2026-10","time":"2026-11-01T06:00:00.000Z","sequence":"0000024322",' +
        '"datacontenttype":"application/json","data":{"month":"2026-10","closedAt":"2026-11-01T06:00:00.000Z"}}',
    );
  });

  test('has the shape of its type', () => {
    const shape = OUTGOING_EVENTS['month.closed'];
    expect(v.safeParse(shape, toCloudEvent(closed, 'local')).success).toBe(true);
    const { closedAt: _, ...data } = closed.data;
    expect(v.safeParse(shape, toCloudEvent({ ...closed, data }, 'local')).success).toBe(false);
  });

  test('has a shape for each type', () => {
    expect(Object.keys(OUTGOING_EVENTS)).toEqual([...OUTGOING_TYPES]);
  });
});
