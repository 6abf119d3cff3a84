import * as v from 'valibot';
import { STATUSES } from '../billing/statuses.ts';
import { ID, ID_RULE } from '../validation.ts';
import { Count, list, MaybeText, object, readerOf, Seconds, Text } from './record-members.ts';

// What is read of a job as the provider's API reports it. The API marks no member as required.

const State = v.picklist(STATUSES, ({ received }) => `${received} is not a known state`);

const OvhJob = object({
  id: v.pipe(v.string(ID_RULE), v.regex(ID, ID_RULE)),
  user: MaybeText,
  spec: object({
    name: MaybeText,
    region: MaybeText,
    labels: v.nullish(v.record(v.string(), Text, 'is not an object'), {}),
    timeout: Seconds,
    resources: object({ flavor: MaybeText, gpuModel: MaybeText, gpu: Count, cpu: Count }),
  }),
  status: object({
    state: v.nullish(State),
    lastTransitionDate: MaybeText,
    history: list(object({ date: Text, state: State })),
  }),
});
export type OvhJob = v.InferOutput<typeof OvhJob>;

export const readOvhJob = readerOf<OvhJob>('the job', OvhJob);
