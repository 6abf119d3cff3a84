import { isDeepStrictEqual } from 'node:util';
import * as v from 'valibot';
import { HOUR_MS } from '../../billing/minutes.ts';
import { type Tariff, tariffId } from '../../billing/tariff.ts';
import { Refusal } from '../../refusal.ts';
import { TariffFile } from '../../shapes/tariff-file.ts';
import type { Publication } from '../../store/tariffs.ts';
import { inputErrors } from '../../validation.ts';
import type { BillingContext } from '../billing-context.ts';
import { beginPublication, isOf, type SettleOptions, settlePublication } from './publication.ts';

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

export interface PublishOptions extends Pick<SettleOptions, 'onProgress'> {
  /** Allows a tariff to start less than an hour ahead, and settles the jobs it changes. */
  readonly backdate?: boolean;
}

export interface Published {
  readonly tariff: string;
  readonly outcome: 'published' | 'unchanged';
  readonly jobsSettled: number;
  readonly jobsParked: number;
}

const NOTHING_SETTLED = { jobsSettled: 0, jobsParked: 0 };

/**
 * Publishes a tariff once. It is never edited: another one for the same instant is a new revision.
 * One that starts less than an hour ahead may change charges, so it needs `backdate` and settles
 * the jobs it changes.
 */
export const publishTariff = async (
  context: BillingContext,
  draft: DraftTariff,
  { backdate = false, onProgress }: PublishOptions = {},
): Promise<Published> => {
  if (draft.currency !== context.currency)
    throw new Refusal('invalid', 'the tariff is not valid', {
      errors: [
        {
          pointer: '/currency',
          detail: `currency must be ${context.currency}, the currency this table bills in`,
        },
      ],
    });
  const settleAll = async (publication: Publication) => {
    const { jobsSettled, jobsParked } = await settlePublication(context, publication, { onProgress });
    return { jobsSettled, jobsParked };
  };
  for (;;) {
    const sameInstant = (await context.store.readTariffs()).filter(
      ({ effectiveFrom }) => effectiveFrom === draft.effectiveFrom,
    );
    const latest = sameInstant.at(-1);
    const startsSoon = draft.effectiveFrom < context.now() + HOUR_MS;
    const isPublished =
      latest !== undefined && isDeepStrictEqual({ ...draft, revision: latest.revision }, latest);
    if (isPublished) {
      const outcome = { tariff: tariffId(latest), outcome: 'unchanged' } as const;
      if (!startsSoon || !backdate) return { ...outcome, ...NOTHING_SETTLED };
      // It is published already: only an interrupted publication of it is finished.
      const interrupted = (await context.store.readPublications()).find(isOf(latest));
      const publication = interrupted ?? beginPublication(latest, context.now());
      if (!interrupted && !(await context.store.beginPublication(publication))) continue;
      return { ...outcome, ...(await settleAll(publication)) };
    }
    if (startsSoon && !backdate)
      throw new Refusal('invalid', 'the tariff is not valid', {
        errors: [
          {
            pointer: '/effectiveFrom',
            detail:
              'effectiveFrom must be at least one hour ahead; --backdate publishes it anyway and settles the jobs it changes',
          },
        ],
      });
    const tariff = { ...draft, revision: (latest?.revision ?? 0) + 1 };
    const publication = startsSoon ? beginPublication(tariff, context.now()) : undefined;
    if (!(await context.store.publishTariff(tariff, publication))) continue;
    const settled = publication ? await settleAll(publication) : NOTHING_SETTLED;
    return { tariff: tariffId(tariff), outcome: 'published', ...settled };
  }
};
