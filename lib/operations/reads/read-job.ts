import { type FinalCharge, isUnrated } from '../../billing/charges.ts';
import type { Fact, Transition } from '../../billing/facts.ts';
import { billableIntervals } from '../../billing/intervals.ts';
import { findWarnings, readLifecycle } from '../../billing/lifecycle.ts';
import { commencedMinutes } from '../../billing/minutes.ts';
import type * as job from '../../shapes/job.ts';
import { chargeOf } from '../../store/charges.ts';
import type { BillingContext } from '../billing-context.ts';
import { chargeView, costOf, isoTime } from '../public-shapes.ts';
import { readStoredCharges } from '../settle/settle.ts';
import { toLiveCharge } from './live-charges.ts';

const transitionView = (
  { source, id, status, time, projectId, resources }: Transition,
  retracted: boolean,
): job.Transition => ({
  source,
  id,
  status,
  time: isoTime(time),
  projectId,
  ...(resources && { resources }),
  ...(retracted && { retracted: true }),
});

const isTransition = (fact: Fact): fact is Transition => fact.kind === 'transition';

/** A job's project, even if all its transitions are retracted. */
const projectOf = (facts: readonly Fact[], projectId: string | undefined) =>
  projectId ?? facts.flatMap((fact) => (fact.kind === 'cutoff' ? [] : [fact.projectId])).sort()[0];

const unbilledWarnings = (charges: readonly FinalCharge[]) => [
  ...[...new Set(charges.filter(isUnrated).map(({ flavor }) => flavor))].map((flavor) =>
    flavor === undefined
      ? 'unrated: no resources are stated; it is billed once they are'
      : `unrated: no tariff has a price for flavor ${flavor}; it is billed once there is one`,
  ),
  ...(charges.some((charge) => charge.held)
    ? [
        'held: it ran longer than its tariff allows; time beyond the limit is not billed until a later fact or tariff settles it',
      ]
    : []),
];

/** A job with its cost up to `now`; nothing if it has no facts. */
export const readJob = async (
  context: BillingContext,
  jobId: string,
  now: number,
): Promise<job.Job | undefined> => {
  const facts = await context.store.readFacts(jobId);
  const lifecycle = readLifecycle(facts);
  const { transitions, retracted, projectId, resources, status } = lifecycle;
  const project = projectOf(facts, projectId);
  if (project === undefined) return undefined;

  const tariffs = await context.tariffs();
  const stored = await readStoredCharges(context, jobId, facts);
  const live = stored
    .map(chargeOf)
    .flatMap((charge) =>
      charge.kind === 'void' || charge.projectId !== project
        ? []
        : [toLiveCharge(charge, context, tariffs, now)],
    )
    .sort((a, b) => (a.charges[0]?.start ?? now) - (b.charges[0]?.start ?? now));
  const charges = live.flatMap((one) => one.charges);
  const latest = facts.filter(isTransition).reduce((time, fact) => Math.max(time, fact.time), 0);

  return {
    jobId,
    projectId: project,
    ...(status && { status }),
    ...(resources && { resources }),
    transitions: [
      ...transitions.map((transition) => transitionView(transition, false)),
      ...retracted.map((transition) => transitionView(transition, true)),
    ],
    retractions: facts
      .filter((fact) => fact.kind === 'retraction')
      .map(({ source, id, time, retracts, reason }) => ({
        source,
        id,
        time: isoTime(time),
        retracts,
        reason,
      })),
    intervals: billableIntervals(transitions, tariffs).map(({ openedBy, closedBy, limit }) => {
      const end = closedBy?.time;
      const until = Math.min(end ?? Math.max(now, latest), limit);
      return {
        start: isoTime(openedBy.time),
        ...(end !== undefined && { end: isoTime(end) }),
        minutes: commencedMinutes(openedBy.time, Math.max(until, openedBy.time)),
        ...((end ?? now) > limit && { heldFrom: isoTime(limit) }),
      };
    }),
    charges: live.flatMap(({ charges, running }) => charges.map((charge) => chargeView(charge, running))),
    cost: costOf(charges, context.currency),
    currency: context.currency,
    asOf: isoTime(now),
    warnings: [...findWarnings(facts, lifecycle), ...unbilledWarnings(charges)],
  };
};
