import * as v from 'valibot';
import { STATUSES } from '../billing/statuses.ts';
import { ID, ID_RULE, inputErrors } from '../validation.ts';
import { Unreadable } from './reported-event.ts';

// What is read of a job as the provider's API reports it. The API marks no member as required.

const Text = v.nullish(v.string('is not a text'));
const COUNT_RULE = 'is not a whole number from 0 to 100000';
const Count = v.nullish(
  v.pipe(
    v.number(COUNT_RULE),
    v.integer(COUNT_RULE),
    v.minValue(0, COUNT_RULE),
    v.maxValue(100_000, COUNT_RULE),
  ),
  0,
);
const SECONDS_RULE = 'is not a number of seconds';
const Seconds = v.nullish(
  v.pipe(v.number(SECONDS_RULE), v.safeInteger(SECONDS_RULE), v.minValue(0, SECONDS_RULE)),
  0,
);
const State = v.picklist(STATUSES, ({ received }) => `${received} is not a known state`);
const object = <const Entries extends v.ObjectEntries>(entries: Entries) =>
  v.object(entries, 'is not an object');

const OvhJob = object({
  id: v.pipe(v.string(ID_RULE), v.regex(ID, ID_RULE)),
  user: Text,
  spec: object({
    name: Text,
    region: Text,
    labels: v.nullish(v.record(v.string(), v.string('is not a text'), 'is not an object'), {}),
    timeout: Seconds,
    resources: object({ flavor: Text, gpuModel: Text, gpu: Count, cpu: Count }),
  }),
  status: object({
    state: v.nullish(State),
    lastTransitionDate: Text,
    history: v.nullish(
      v.array(object({ date: v.string('is not a text'), state: State }), 'is not a list'),
      [],
    ),
  }),
});
export type OvhJob = v.InferOutput<typeof OvhJob>;

/** Reads a job; the first member that is not as the API describes it makes it unreadable. */
export const readOvhJob = (record: unknown): OvhJob => {
  const { success, output, issues = [] } = v.safeParse(OvhJob, record, { abortEarly: true });
  if (success) return output;
  const [error] = inputErrors(issues, { what: 'the job' });
  throw new Unreadable(error?.detail);
};
