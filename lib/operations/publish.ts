import { isDeepStrictEqual } from 'node:util';
import { Temporal } from 'temporal-polyfill';
import * as v from 'valibot';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../billing/minutes.ts';
import { canonicalPrice, isPrice, PRICE_RULE } from '../billing/money.ts';
import { STATUSES } from '../billing/statuses.ts';
import { type Tariff, tariffId } from '../billing/tariff.ts';
import { Refusal } from '../refusal.ts';
import type { Publication } from '../store/store.ts';
import { ID, inputErrors } from '../validation.ts';
import type { Ledger } from './ledger.ts';
import { beginPublication, isOf, type SettleOptions, settlePublication } from './publication.ts';

const isInstant = (text: string): boolean => {
  try {
    const { epochMilliseconds } = Temporal.Instant.from(text);
    return epochMilliseconds >= 0 && epochMilliseconds < Date.UTC(10_000, 0);
  } catch {
    return false;
  }
};

/** Milliseconds of an ISO 8601 duration in days and smaller parts, a day being 24 hours; NaN if it is none. */
const durationMs = (text: string): number => {
  try {
    return Temporal.Duration.from(text).total({ unit: 'milliseconds' });
  } catch {
    return Number.NaN;
  }
};

const isWholeMinutes = (text: string): boolean => {
  const ms = durationMs(text);
  return ms >= MINUTE_MS && ms <= 366 * DAY_MS && ms % MINUTE_MS === 0;
};

/** Names that the validation of a record leaves out. */
const UNUSABLE: ReadonlySet<string> = new Set(['__proto__', 'prototype', 'constructor']);

const TariffFile = v.strictObject({
  name: v.pipe(v.string(), v.minLength(1), v.maxLength(128)),
  effectiveFrom: v.pipe(
    v.string(),
    v.check(isInstant, 'must be a date and time with an offset, like 2026-01-01T00:00:00Z'),
    v.transform((text) => Temporal.Instant.from(text).epochMilliseconds),
  ),
  currency: v.string(),
  billableStatuses: v.pipe(
    v.array(v.picklist(STATUSES, `must be one of ${STATUSES.join(', ')}`)),
    v.nonEmpty('must name at least one status'),
    v.transform((statuses) => STATUSES.filter((status) => statuses.includes(status))),
  ),
  maxRunning: v.pipe(
    v.string(),
    v.check(isWholeMinutes, 'must be an ISO 8601 duration of whole minutes from PT1M to P366D, like P28D'),
    v.transform(durationMs),
  ),
  pricePerHour: v.pipe(
    v.unknown(),
    v.check(
      (prices) => Object.keys(Object(prices)).every((flavor) => !UNUSABLE.has(flavor)),
      `must not name ${[...UNUSABLE].join(', ')}`,
    ),
    v.record(
      v.pipe(v.string(), v.regex(ID, 'must be a flavor: 1 to 128 of A-Z a-z 0-9 . _ : -')),
      v.pipe(
        v.string(`must be ${PRICE_RULE}`),
        v.check(isPrice, `must be ${PRICE_RULE}`),
        v.transform(canonicalPrice),
      ),
    ),
  ),
});

/** A tariff as its author writes it: not yet published, so without a revision. */
export type DraftTariff = Omit<Tariff, 'revision'>;

/** Reads a tariff file's content, or refuses it naming each field and its rule. */
export const parseTariff = (content: unknown): DraftTariff => {
  const parsed = v.safeParse(TariffFile, content);
  if (!parsed.success)
    throw new Refusal('invalid', 'the tariff is not valid', { errors: inputErrors(parsed.issues) });
  const { maxRunning, ...tariff } = parsed.output;
  return { ...tariff, maxRunningMs: maxRunning };
};

export interface PublishOptions extends Pick<SettleOptions, 'onProgress'> {
  /** Allows a tariff to start less than an hour ahead, and settles every job again. */
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
 * Publishes a tariff once. A tariff is never edited: another one for the same instant is a new revision. One that starts less than
 * an hour ahead would change minutes already charged, so it has to be asked for, and settles every job again.
 */
export const publishTariff = async (
  ledger: Ledger,
  draft: DraftTariff,
  { backdate = false, onProgress }: PublishOptions = {},
): Promise<Published> => {
  if (draft.currency !== ledger.currency)
    throw new Refusal('invalid', 'the tariff is not valid', {
      errors: [
        { pointer: '/currency', detail: `must be ${ledger.currency}, the currency this table bills in` },
      ],
    });
  const settleAll = async (publication: Publication) => {
    const { jobsSettled, jobsParked } = await settlePublication(ledger, publication, { onProgress });
    return { jobsSettled, jobsParked };
  };
  for (;;) {
    const sameInstant = (await ledger.store.readTariffs()).filter(
      ({ effectiveFrom }) => effectiveFrom === draft.effectiveFrom,
    );
    const latest = sameInstant.at(-1);
    const startsSoon = draft.effectiveFrom < ledger.now() + HOUR_MS;
    const isPublished =
      latest !== undefined && isDeepStrictEqual({ ...draft, revision: latest.revision }, latest);
    if (isPublished) {
      const outcome = { tariff: tariffId(latest), outcome: 'unchanged' } as const;
      if (!startsSoon || !backdate) return { ...outcome, ...NOTHING_SETTLED };
      // Published again it changes nothing, but finishes what a publication that was cut off left unsettled.
      const cutOff = (await ledger.store.readPublications()).find(isOf(latest));
      const publication = cutOff ?? beginPublication(latest, ledger.now());
      if (!cutOff && !(await ledger.store.beginPublication(publication))) continue;
      return { ...outcome, ...(await settleAll(publication)) };
    }
    if (startsSoon && !backdate)
      throw new Refusal('invalid', 'the tariff is not valid', {
        errors: [
          {
            pointer: '/effectiveFrom',
            detail:
              'must be at least one hour ahead; --backdate publishes it all the same and settles every job again',
          },
        ],
      });
    const tariff = { ...draft, revision: (latest?.revision ?? 0) + 1 };
    const publication = startsSoon ? beginPublication(tariff, ledger.now()) : undefined;
    if (!(await ledger.store.publishTariff(tariff, publication))) continue;
    const settled = publication ? await settleAll(publication) : NOTHING_SETTLED;
    return { tariff: tariffId(tariff), outcome: 'published', ...settled };
  }
};
