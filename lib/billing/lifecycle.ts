import { compareText } from './compare-text.ts';
import type { EventRef, Fact, Resources, Retraction, Transition } from './facts.ts';
import { isExpectedStep, rankOf, type Status } from './statuses.ts';

/** The state of a job that follows from its facts. */
export interface Lifecycle {
  /** In the order they happened, retracted ones left out. */
  readonly transitions: readonly Transition[];
  readonly retracted: readonly Transition[];
  /** The project of the earliest transition; absent once every transition is retracted. */
  readonly projectId?: string;
  /** The resources of the earliest transition that states them. */
  readonly resources?: Resources;
  readonly status?: Status;
}

/** Time, then rank, then source and id: the same order whatever order events arrived in (I1). */
export const compareTransitions = (a: Transition, b: Transition): number =>
  a.time - b.time ||
  rankOf(a.status) - rankOf(b.status) ||
  compareText(a.source, b.source) ||
  compareText(a.id, b.id);

const refKey = ({ source, id }: EventRef) => JSON.stringify([source, id]);

const sameResources = (a: Resources, b: Resources) =>
  a.flavor === b.flavor && a.cpu === b.cpu && a.gpu === b.gpu;

const showTime = (time: number) => new Date(time).toISOString();

const findUnexpected = ({ transitions, projectId, resources }: Lifecycle): string[] => {
  const warnings: string[] = [];
  let previous: Status | 'start' = 'start';
  for (const { status, time, ...stated } of transitions) {
    if (!isExpectedStep(previous, status))
      warnings.push(
        previous === 'start'
          ? `first status is ${status} at ${showTime(time)}: QUEUED was not reported`
          : `unexpected step from ${previous} to ${status} at ${showTime(time)}`,
      );
    if (stated.projectId !== projectId)
      warnings.push(
        `${status} at ${showTime(time)} names project ${stated.projectId}; the job belongs to ${projectId}`,
      );
    if (stated.resources && resources && !sameResources(stated.resources, resources))
      warnings.push(`${status} at ${showTime(time)} states other resources; those stated first are billed`);
    previous = status;
  }
  return warnings;
};

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

/** Orders a job's facts. A retraction applies whether it arrived before or after its transition. */
export const readLifecycle = (facts: readonly Fact[]): Lifecycle => {
  const retracted = new Set(
    facts.filter((fact): fact is Retraction => fact.kind === 'retraction').map((r) => refKey(r.retracts)),
  );
  const all = facts.filter((fact): fact is Transition => fact.kind === 'transition').sort(compareTransitions);
  const transitions = all.filter((transition) => !retracted.has(refKey(transition)));
  const projectId = transitions[0]?.projectId;
  const resources = transitions.find((transition) => transition.resources)?.resources;
  const status = transitions.at(-1)?.status;
  return {
    transitions,
    retracted: all.filter((transition) => retracted.has(refKey(transition))),
    ...(projectId !== undefined && { projectId }),
    ...(resources && { resources }),
    ...(status && { status }),
  };
};

/** Irregularities of a job's log, for readers: they do not change what is billed. */
export const findWarnings = (facts: readonly Fact[], lifecycle: Lifecycle): string[] => [
  ...findUnexpected(lifecycle),
  ...findIdleRetractions(facts, lifecycle),
];
