import assert from 'node:assert/strict';
import { DeleteItemCommand, type DeleteItemInput, type PutItemInput } from '@aws-sdk/client-dynamodb';
import pLimit from 'p-limit';
import { recordEvents } from '../../lib/operations/record-events.ts';
import { type Row, ratioAtLeast } from '../figures.ts';
import { settleAll } from '../play.ts';
import { recordCalls } from '../record-calls.ts';
import { elapsedMs, interleave, medians } from '../rounds.ts';
import { connectTo, openStage, type Stage } from '../stage.ts';
import { createJobs, endedMonth, type Job, recordable } from '../workload.ts';
import { type Call, makeCall } from '../wrap-client.ts';

const PROJECTS = 10;
/** The concurrency of the function. */
const CONCURRENCY = 8;

const eachAtOnce = async <T>(items: readonly T[], work: (item: T) => Promise<unknown>) => {
  const limit = pLimit(CONCURRENCY);
  await Promise.all(items.map((item) => limit(() => work(item))));
};

type ItemKey = NonNullable<DeleteItemInput['Key']>;

/** Keys of the charges written. */
const chargesOf = (calls: readonly Call[]): ItemKey[] =>
  calls
    .filter(({ name }) => name === 'putItem')
    .map(({ input }) => (input as PutItemInput).Item)
    .flatMap((item) => (item?.pk && item.sk?.S?.startsWith('CHARGE#') ? [{ pk: item.pk, sk: item.sk }] : []));

/** Records the calls of settling each job, in a process that has cached marks and tariffs. */
const recordSettles = async (stage: Stage, jobs: readonly Job[]) => {
  const recorder = recordCalls(stage.client);
  const connection = connectTo({ ...stage, client: recorder.client });
  const marked = new Set<string>();
  const calls: (readonly Call[])[] = [];
  for (const job of jobs) {
    // The first job of a project writes its changed-month mark.
    const isFirst = !marked.has(job.projectId);
    marked.add(job.projectId);
    await settleAll(connection, [job]);
    const made = recorder.take();
    if (!isFirst) calls.push(made);
  }
  return calls;
};

/** Jobs settled per second, over the same calls made by the bare client in the same order. */
export const row: Row = async ({ rounds, quick, onProgress }) => {
  const stage = await openStage();
  const connection = connectTo(stage);
  const jobs = createJobs({
    jobs: PROJECTS + (quick ? 50 : 500),
    projects: PROJECTS,
    month: endedMonth(connection.now()),
    seed: 1,
  });
  onProgress('recording events');
  await eachAtOnce(jobs, ({ transitions }) =>
    recordEvents(connection.store, transitions.map(recordable), connection.now()),
  );
  const calls = await recordSettles(stage, jobs);
  const settled = jobs.slice(PROJECTS);
  const charges = calls.flatMap(chargesOf);
  assert.equal(charges.length, settled.length, 'each job has one charge');

  const unsettle = () =>
    eachAtOnce(charges, (Key) =>
      stage.client.send(new DeleteItemCommand({ TableName: stage.tableName, Key })),
    );
  const jobsPerSecond = async (work: () => Promise<unknown>) => {
    await unsettle();
    return (settled.length / (await elapsedMs(work))) * 1_000;
  };
  const { settle, raw } = medians(
    await interleave(
      rounds,
      {
        settle: () => jobsPerSecond(() => settleAll(connection, settled)),
        raw: () =>
          jobsPerSecond(() =>
            eachAtOnce(calls, async (made) => {
              for (const call of made) await makeCall(stage.client, call);
            }),
          ),
      },
      onProgress,
    ),
  );
  return [
    {
      what: `settle, ${CONCURRENCY} jobs at once`,
      unit: 'jobs/s',
      measured: settle,
      floor: raw,
      limit: ratioAtLeast(0.85),
      note: `${(calls.flat().length / calls.length).toFixed(2)} calls a job`,
    },
  ];
};
