import { isDeepStrictEqual } from 'node:util';
import * as v from 'valibot';
import { HOUR_MS } from '../../billing/minutes.ts';
import { type Tariff, tariffId } from '../../billing/tariff.ts';
import { Refusal } from '../../refusal.ts';
import { TariffFile } from '../../shapes/tariff-file.ts';
import type { Actor } from '../../store/action-log.ts';
import type { Publication } from '../../store/tariffs.ts';
import { inputErrors } from '../../validation.ts';
import type { BillingContext } from '../billing-context.ts';
import { logged } from '../log/logged.ts';
import { droppedFlavors, readTariffChanges, type TariffChanges } from './changes.ts';
import { beginPublication, isOf, type PublicationOptions, settlePublication } from './publication.ts';

/** A tariff before publication, so without a revision. */
export type DraftTariff = Omit<Tariff, 'revision'>;

/** Parses the content of a tariff file, or refuses it with an error for each field. */
export const parseTariff = (content: unknown): DraftTariff => {
  const parsed = v.safeParse(TariffFile, content, { abortPipeEarly: true });
  if (!parsed.success)
    throw new Refusal('invalid', 'the tariff is not valid', {
      errors: inputErrors(parsed.issues, { what: 'the tariff' }),
    });
  const { maxRunning, maxSilence, ...tariff } = parsed.output;
  return { ...tariff, maxRunningMs: maxRunning, maxSilenceMs: maxSilence };
};

export interface PublishOptions extends Pick<PublicationOptions, 'onProgress'> {
  /** Allows a tariff to start less than an hour ahead, and settles the jobs it changes. */
  readonly backdate?: boolean;
  /** Flavors that may lose their price though they are in use. */
  readonly drop?: readonly string[];
  /** Refuses as it would otherwise, and writes nothing. */
  readonly dryRun?: boolean;
  /** The person, for the log of actions. */
  readonly by?: Actor | undefined;
  /** Called with what changes before anything is written: every job is read for it. */
  readonly onChanges?: (changes: TariffChanges) => void;
  readonly onJobsRead?: (jobs: number) => void;
}

export interface Published {
  readonly tariff: string;
  readonly outcome: 'published' | 'unchanged' | 'dry run';
  readonly jobsSettled: number;
  readonly jobsParked: number;
}

const NOTHING_SETTLED = { jobsSettled: 0, jobsParked: 0 };

const refuse = (pointer: string, detail: string): never => {
  throw new Refusal('invalid', 'the tariff is not valid', { errors: [{ pointer, detail }] });
};

/** Refuses to leave jobs without a price, unless their flavors are named. */
const refuseDropsInUse = ({ prices, currency, effectiveFrom }: TariffChanges, drop: readonly string[]) => {
  const inUse = prices.filter(
    ({ change, flavor, jobs }) => change === 'dropped' && jobs > 0 && !drop.includes(flavor),
  );
  if (inUse.length === 0) return;
  const options = inUse.map(({ flavor }) => `--drop ${flavor}`).join(' ');
  throw new Refusal(
    'conflict',
    `the tariff has no price for flavors in use, whose time would be unrated from ${effectiveFrom}: ` +
      `add their prices to the file, or drop them with ${options}`,
    {
      errors: inUse.map(({ flavor, jobs, running, unbilled }) => ({
        pointer: `/prices/${flavor}`,
        detail:
          `prices.${flavor} is missing: ${jobs} ${jobs === 1 ? 'job uses' : 'jobs use'} it, ` +
          `${running} running, ${unbilled} ${currency} not billed yet`,
      })),
    },
  );
};

/**
 * Publishes a tariff once. It is never edited: another one for the same instant is a new revision.
 * One that starts less than an hour ahead may change charges, so it needs `backdate` and settles
 * the jobs it changes. A flavor in use is dropped only if `drop` names it.
 */
export const publishTariff = async (
  context: BillingContext,
  draft: DraftTariff,
  options: PublishOptions = {},
): Promise<Published> => {
  const { backdate = false, drop = [], dryRun = false, by, onChanges, onJobsRead, onProgress } = options;
  const { store } = context;
  if (draft.currency !== context.currency)
    refuse('/currency', `currency must be ${context.currency}, the currency this table bills in`);
  const settleAll = async (publication: Publication) => {
    const { jobsSettled, jobsParked } = await settlePublication(context, publication, { onProgress });
    return { jobsSettled, jobsParked };
  };
  const actionOf = (tariff: Tariff, detail: string) =>
    by && logged(context, by, 'tariff.published', { target: tariffId(tariff), detail });
  let changes: TariffChanges | undefined;
  for (;;) {
    const tariffs = await store.readTariffs();
    const latest = tariffs.findLast(({ effectiveFrom }) => effectiveFrom === draft.effectiveFrom);
    const startsSoon = draft.effectiveFrom < context.now() + HOUR_MS;
    if (latest && isDeepStrictEqual({ ...draft, revision: latest.revision }, latest)) {
      const outcome = { tariff: tariffId(latest), outcome: 'unchanged' } as const;
      if (!startsSoon || !backdate || dryRun) return { ...outcome, ...NOTHING_SETTLED };
      // It is published already: only an interrupted publication of it is finished.
      const interrupted = (await store.readPublications()).find(isOf(latest));
      const publication = interrupted ?? beginPublication(latest, context.now());
      const action = actionOf(latest, `${latest.name}: published before, its jobs are settled again`);
      if (!interrupted && !(await store.beginPublication(publication, action))) continue;
      return { ...outcome, ...(await settleAll(publication)) };
    }
    if (startsSoon && !backdate)
      refuse(
        '/effectiveFrom',
        'effectiveFrom must be at least one hour ahead; --backdate publishes it anyway and settles the jobs it changes',
      );
    const tariff = { ...draft, revision: (latest?.revision ?? 0) + 1 };
    const mayDrop = droppedFlavors(tariffs, tariff).every((flavor) => drop.includes(flavor));
    if ((onChanges || !mayDrop) && changes?.tariffsSeen !== tariffs.length) {
      changes = await readTariffChanges(context, tariffs, tariff, onJobsRead);
      onChanges?.(changes);
      // Meanwhile another tariff may have been published, or the hour have begun.
      continue;
    }
    if (changes && !mayDrop) refuseDropsInUse(changes, drop);
    if (dryRun) return { tariff: tariffId(tariff), outcome: 'dry run', ...NOTHING_SETTLED };
    const publication = startsSoon ? beginPublication(tariff, context.now()) : undefined;
    const action = actionOf(tariff, publication ? `${tariff.name}, backdated` : tariff.name);
    if (!(await store.publishTariff(tariff, publication, action))) continue;
    const settled = publication ? await settleAll(publication) : NOTHING_SETTLED;
    return { tariff: tariffId(tariff), outcome: 'published', ...settled };
  }
};
