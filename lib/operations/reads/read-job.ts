import { type Charge, type FinalCharge, isHeld } from '../../billing/charges.ts';
import type { Fact, JobRef, Resources, Transition } from '../../billing/facts.ts';
import { type BillableInterval, billableIntervals } from '../../billing/intervals.ts';
import { findWarnings, readLifecycle } from '../../billing/lifecycle.ts';
import { commencedMinutes, SECOND_MS } from '../../billing/minutes.ts';
import { fromMilli } from '../../billing/money.ts';
import type { TariffBook } from '../../billing/tariff.ts';
import type * as job from '../../shapes/job.ts';
import { chargeOf } from '../../store/charges.ts';
import type { BillingContext } from '../billing-context.ts';
import { chargeView, costOf, heldView, isoTime } from '../public-shapes.ts';
import { readStoredCharges, usageMonthsOf } from '../settle/settle.ts';
import { heldTimeOf, heldWarning } from './held-time.ts';
import { readJobBilled, retractionView } from './job-billed.ts';
import { countsIn, type LiveCharge, toLiveCharge } from './live-charges.ts';
import { unratedWarnings, waitsForView } from './waits-for.ts';

const resourcesView = ({ flavor, milliUnits }: Resources): job.Resources => ({
  flavor,
  gpu: fromMilli(milliUnits.gpu ?? 0),
  cpu: fromMilli(milliUnits.cpu ?? 0),
  ...(milliUnits.node !== undefined && { node: fromMilli(milliUnits.node) }),
});

const timeoutView = (timeoutMs: number): string => `PT${timeoutMs / SECOND_MS}S`;

const transitionView = (
  { source, id, status, time, resources, labels, timeoutMs }: Transition,
  retracted: boolean,
): job.Transition => ({
  source,
  id,
  status,
  time: isoTime(time),
  ...(resources && { resources: resourcesView(resources) }),
  ...(labels && { labels }),
  ...(timeoutMs !== undefined && { timeout: timeoutView(timeoutMs) }),
  ...(retracted && { retracted: true }),
});

const isTransition = (fact: Fact): fact is Transition => fact.kind === 'transition';

const unbilledWarnings = (charges: readonly FinalCharge[]): string[] => [
  ...unratedWarnings(charges),
  ...new Set(charges.filter(isHeld).map(({ held }) => heldWarning(held))),
];

/** Intervals with a known stop are billed whole, however long. */
const longWarnings = (intervals: readonly BillableInterval[]): string[] =>
  intervals.flatMap(({ openedBy, closedBy, limit }) =>
    closedBy && closedBy.time > limit.at
      ? [`the run from ${isoTime(openedBy.time)} is longer than its limit (${limit.cause}), and billed whole`]
      : [],
  );

/** Stored charges as of `now`. */
const toLive = (
  stored: readonly Charge[],
  context: BillingContext,
  tariffs: TariffBook,
  now: number,
): LiveCharge[] => {
  const standing = stored.filter((charge) => charge.kind !== 'void');
  return standing.map((charge) => {
    const live = toLiveCharge(charge, context, tariffs, now);
    return {
      ...live,
      charges: live.charges.filter(({ usageMonth }) => countsIn(usageMonth, charge, standing)),
    };
  });
};

/** A job with its cost up to `now`; nothing if it has no facts. */
export const readJob = async (
  context: BillingContext,
  of: JobRef,
  now: number,
): Promise<job.Job | undefined> => {
  const facts = await context.store.readFacts(of);
  if (facts.length === 0) return undefined;
  const lifecycle = readLifecycle(facts);
  const { transitions, retracted, resources, labels, timeoutMs, status } = lifecycle;

  const tariffs = await context.tariffs();
  const intervals = billableIntervals(lifecycle, tariffs);
  const stored = await readStoredCharges(context, of, facts);
  const live = toLive(stored.map(chargeOf), context, tariffs, now).sort(
    (a, b) => (a.charges[0]?.start ?? now) - (b.charges[0]?.start ?? now),
  );
  const charges = live.flatMap((one) => one.charges);
  const retractions = facts.filter((fact) => fact.kind === 'retraction');
  const billed = await readJobBilled(context, of, usageMonthsOf(facts, context.calendar), retractions);
  const held = heldTimeOf(charges, context, tariffs, now);
  const latest = facts.filter(isTransition).reduce((time, fact) => Math.max(time, fact.time), 0);

  return {
    jobId: of.jobId,
    projectId: of.projectId,
    ...(status && { status }),
    ...(resources && { resources: resourcesView(resources) }),
    ...(labels && { labels }),
    ...(timeoutMs !== undefined && { timeout: timeoutView(timeoutMs) }),
    transitions: [
      ...transitions.map((transition) => transitionView(transition, false)),
      ...retracted.map((transition) => transitionView(transition, true)),
    ],
    retractions: retractions.map(retractionView),
    intervals: intervals.map(({ openedBy, closedBy, limit }) => {
      const end = closedBy?.time ?? Math.min(Math.max(now, latest), limit.at);
      return {
        start: isoTime(openedBy.time),
        ...(closedBy && { end: isoTime(closedBy.time) }),
        minutes: commencedMinutes(openedBy.time, Math.max(end, openedBy.time)),
        ...(!closedBy && now > limit.at && { held: heldView({ from: limit.at, cause: limit.cause }) }),
      };
    }),
    charges: live.flatMap(({ charges, running }) => charges.map((charge) => chargeView(charge, running))),
    cost: costOf(charges, context.currency),
    currency: context.currency,
    ...waitsForView(charges),
    ...(held && { held }),
    ...(billed.length > 0 && { billed }),
    asOf: isoTime(now),
    warnings: [...findWarnings(facts, lifecycle), ...longWarnings(intervals), ...unbilledWarnings(charges)],
  };
};
