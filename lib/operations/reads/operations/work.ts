import { compareText } from '../../../billing/compare-text.ts';
import { tariffId } from '../../../billing/tariff.ts';
import type { Operations } from '../../../shapes/operations.ts';
import type { AuditRun } from '../../audit/audit-run.ts';
import type { BillingContext } from '../../billing-context.ts';
import { isoTime } from '../../public-shapes.ts';
import { takeAtMost } from './take.ts';

/** Parked jobs that are read. */
const PARKED_READ = 10_000;
const JOBS_LISTED = 100;
const POLLS_LISTED = 100;
/** Audits of which the latest that is finished is shown: some may be interrupted. */
const AUDITS_READ = 10;

export const readParked = async ({ store }: BillingContext): Promise<Operations['parked']> => {
  const { taken, more } = await takeAtMost(store.parkedJobs(), PARKED_READ);
  return {
    count: taken.length,
    ...more,
    jobs: taken.slice(0, JOBS_LISTED).map(({ projectId, jobId, parkedAt, error }) => ({
      ...{ projectId, jobId, parkedAt: isoTime(parkedAt), error },
    })),
  };
};

export const readPublications = async ({ store }: BillingContext): Promise<Operations['publications']> =>
  (await store.readPublications()).map((publication) => ({
    tariff: tariffId(publication),
    startedAt: isoTime(publication.startedAt),
    ...{ jobsSettled: publication.jobsSettled, jobsParked: publication.jobsParked },
  }));

export const readLatestAudit = async ({ store }: BillingContext): Promise<Operations['audit']> => {
  const audits = await store.latestAudits<AuditRun>(AUDITS_READ);
  for (const audit of audits) {
    const { startedAt, finishedAt, heals, jobs, usageMonths, differences, healed } = audit;
    if (finishedAt === undefined) continue;
    return {
      ...{ startedAt: isoTime(startedAt), finishedAt: isoTime(finishedAt), heals },
      ...{ jobs, usageMonths, differences, healed },
      held: { count: audit.held, jobs: [...audit.heldJobs] },
      unrated: {
        count: audit.unrated,
        jobs: audit.unratedJobs.map((job) => ({ ...job, waitsFor: [...job.waitsFor] })),
      },
    };
  }
  return undefined;
};

export const readPolls = async ({ store }: BillingContext): Promise<Operations['polls']> => {
  const stored = [...(await store.readPolls())].sort(
    ([a, { lastSuccess: ofA = 0 }], [b, { lastSuccess: ofB = 0 }]) => ofA - ofB || compareText(a, b),
  );
  return {
    count: stored.length,
    polls: stored.slice(0, POLLS_LISTED).map(([provider, { projectId, polledAt, lastSuccess }]) => ({
      ...{ provider, projectId, polledAt: isoTime(polledAt) },
      ...(lastSuccess !== undefined && { lastSuccess: isoTime(lastSuccess) }),
    })),
  };
};
