import { isSameEvent, type Transition } from '../billing/facts.ts';
import { Refusal } from '../refusal.ts';
import type { Actor } from '../store/action-log.ts';
import type { BillingContext } from './billing-context.ts';
import { logged } from './log/logged.ts';
import { isoTime } from './public-shapes.ts';
import { readEvent } from './read-event.ts';

/** The source of retractions that people record by hand. */
const SOURCE = 'urn:jobmeter:operator';

export interface Retracting {
  readonly projectId: string;
  readonly jobId: string;
  /** The event to take back. Its source, where events of several have this id. */
  readonly id: string;
  readonly source?: string | undefined;
  readonly reason: string;
  readonly by: Actor;
}

const findTransition = (found: readonly Transition[], { projectId, jobId, id }: Retracting): Transition => {
  const [transition, ...others] = found;
  if (!transition)
    throw new Refusal(
      'not-found',
      `job ${jobId} of ${projectId} has no event ${id}: jobmeter job ${projectId} ${jobId} lists its events`,
    );
  if (others.length === 0) return transition;
  const sources = found.map(({ source }) => source).join(', ');
  throw new Refusal('invalid', `several sources sent an event ${id}: name one with --source (${sources})`);
};

/**
 * Takes an event back by hand, with an entry in the log of actions in the same transaction. One
 * that is taken back already stays as it is. Undefined if there is no such job.
 */
export const retractEvent = async (
  context: BillingContext,
  retracting: Retracting,
): Promise<
  { readonly outcome: 'recorded' | 'retracted before'; readonly retracts: Transition } | undefined
> => {
  const { projectId, jobId, id, source, reason, by } = retracting;
  const facts = await context.store.readFacts({ projectId, jobId });
  if (facts.length === 0) return undefined;
  const ofId = facts.filter((fact): fact is Transition => fact.kind === 'transition' && fact.id === id);
  const retracts = findTransition(
    source === undefined ? ofId : ofId.filter((transition) => transition.source === source),
    retracting,
  );
  const isRetracted = facts.some(
    (fact) => fact.kind === 'retraction' && isSameEvent(fact.retracts, retracts),
  );
  if (isRetracted) return { outcome: 'retracted before', retracts };
  const { errors, recordable } = readEvent({
    ...{ specversion: '1.0', type: 'training.job.retraction', source: SOURCE, id: context.newId() },
    ...{ subject: jobId, time: isoTime(context.now()) },
    data: { projectId, source: retracts.source, id, reason },
  });
  if (!recordable) throw new Refusal('invalid', 'the retraction is not valid', { errors });
  const target = `event ${id} of job ${jobId}`;
  const action = logged(context, by, 'retraction.recorded', { projectId, target, detail: reason });
  const { fact, fingerprint } = recordable;
  const written = await context.store.recordFact(fact, fingerprint, context.now(), action);
  if (written !== 'recorded')
    throw new Refusal('unavailable', `event ${id} is not taken back, since the table is busy: try again`);
  return { outcome: 'recorded', retracts };
};
