import type { EventRef, Fact, Labels, Resources, Retraction, Transition } from './facts.ts';
import { orderTransitions } from './order.ts';
import { beginsRun, isFinal, isForbiddenStep, type Status } from './statuses.ts';

/** The state of a job that follows from its facts. */
export interface Lifecycle {
  /** In the order they happened, retracted ones left out. */
  readonly transitions: readonly Transition[];
  readonly retracted: readonly Transition[];
  /** In the order they came into force. */
  readonly statedResources: readonly StatedResources[];
  /** The labels that were stated first. */
  readonly labels?: Labels;
  /** The timeout that was stated last. */
  readonly timeoutMs?: number;
  /** The resources in force after the last transition. */
  readonly resources?: Resources;
  readonly status?: Status;
  /** The time of the latest transition or retraction, epoch milliseconds: the last sign of life. */
  readonly lastHeard?: number;
}

/** In force from `from` until others are stated. The first ones also hold before it. */
export interface StatedResources {
  readonly from: number;
  readonly statedBy: Transition;
  readonly resources: Resources;
}

const refKey = ({ source, id }: EventRef) => JSON.stringify([source, id]);

const isTransition = (fact: Fact): fact is Transition => fact.kind === 'transition';
const isRetraction = (fact: Fact): fact is Retraction => fact.kind === 'retraction';

/** An event counts once, however often it is read. */
const transitionsOf = (facts: readonly Fact[]): Transition[] => [
  ...new Map(facts.filter(isTransition).map((transition) => [refKey(transition), transition])).values(),
];

/** Orders a job's facts. A retraction applies whether it arrived before or after its transition. */
export const readLifecycle = (facts: readonly Fact[]): Lifecycle => {
  const retractions = facts.filter(isRetraction);
  const retracted = new Set(retractions.map(({ retracts }) => refKey(retracts)));
  const all = transitionsOf(facts);
  const isRetracted = (transition: Transition) => retracted.has(refKey(transition));
  const transitions = orderTransitions(all.filter((transition) => !isRetracted(transition)));
  const statedResources = transitions.flatMap((statedBy): StatedResources[] =>
    statedBy.resources ? [{ from: statedBy.time, statedBy, resources: statedBy.resources }] : [],
  );
  const last = transitions.at(-1);
  const labels = transitions.find((transition) => transition.labels)?.labels;
  const timeoutMs = transitions.findLast((transition) => transition.timeoutMs !== undefined)?.timeoutMs;
  const resources = statedResources.at(-1)?.resources;
  return {
    transitions,
    retracted: orderTransitions(all.filter(isRetracted)),
    statedResources,
    ...(labels && { labels }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(resources && { resources }),
    ...(last && {
      status: last.status,
      lastHeard: [...transitions, ...retractions].reduce((latest, { time }) => Math.max(latest, time), 0),
    }),
  };
};

const showTime = (time: number) => new Date(time).toISOString();

const isSameLabels = (a: Labels, b: Labels): boolean => {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
};

/** Steps that can change the bill. To report a status again is a sign of life. */
const findForbiddenSteps = ({ transitions }: Lifecycle): string[] =>
  transitions.flatMap(({ status, time }, index) => {
    const before = transitions[index - 1]?.status;
    return isForbiddenStep(before, status)
      ? [`unexpected step from ${before} to ${status} at ${showTime(time)}`]
      : [];
  });

/** Runs that are DONE without RUNNING: it may not have been reported, or it was taken back. */
const findUnreportedRuns = ({ transitions, retracted }: Lifecycle): string[] => {
  let hasRun = false;
  let begin = Number.NEGATIVE_INFINITY;
  const wasTakenBack = (until: number) =>
    retracted.some(({ status, time }) => status === 'RUNNING' && time >= begin && time <= until);
  return transitions.flatMap(({ status, time }, index) => {
    const before = transitions[index - 1]?.status;
    if (beginsRun(status)) {
      hasRun = false;
      begin = time;
    }
    if (status === 'RUNNING') hasRun = true;
    if (status !== 'DONE' || hasRun || (before && isFinal(before))) return [];
    const why = wasTakenBack(time) ? 'after its RUNNING was taken back' : 'without RUNNING';
    return [`DONE at ${showTime(time)} ${why}: nothing is billed for this run`];
  });
};

const findOtherLabels = ({ transitions, labels }: Lifecycle): string[] =>
  transitions.flatMap((transition) =>
    labels && transition.labels && !isSameLabels(labels, transition.labels)
      ? [
          `${transition.status} at ${showTime(transition.time)} states other labels; those stated first are kept`,
        ]
      : [],
  );

/** Retractions of events that were not reported, e.g. because of a mistyped id. */
const findIdleRetractions = (facts: readonly Fact[], { transitions, retracted }: Lifecycle): string[] => {
  const reported = new Set([...transitions, ...retracted].map(refKey));
  return facts.flatMap((fact) =>
    fact.kind === 'retraction' && !reported.has(refKey(fact.retracts))
      ? [
          `retraction ${fact.id} names event ${fact.retracts.id} of ${fact.retracts.source}, which was not reported`,
        ]
      : [],
  );
};

/** What can change the bill, for readers. It is billed by the rules all the same. */
export const findWarnings = (facts: readonly Fact[], lifecycle: Lifecycle): string[] => [
  ...findForbiddenSteps(lifecycle),
  ...findUnreportedRuns(lifecycle),
  ...findOtherLabels(lifecycle),
  ...findIdleRetractions(facts, lifecycle),
];
