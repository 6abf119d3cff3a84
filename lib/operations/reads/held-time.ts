import {
  type FinalCharge,
  type Held,
  type HeldCharge,
  isHeld,
  type OpenCharge,
  priceOpenCharge,
} from '../../billing/charges.ts';
import type { LimitCause } from '../../billing/intervals.ts';
import { amountTimes60, formatMinor, roundHalfUp } from '../../billing/money.ts';
import { perHourOf } from '../../billing/rating.ts';
import type { TariffBook } from '../../billing/tariff.ts';
import type { Charge } from '../../shapes/charge.ts';
import type { HeldCharges, HeldTime, Settlement } from '../../shapes/held.ts';
import type { BillingContext } from '../billing-context.ts';
import { createCappedList } from '../capped-list.ts';
import { chargeView, heldView, isoTime } from '../public-shapes.ts';

/** What settles held time, by its cause. */
const SETTLED_BY: Readonly<Record<LimitCause, readonly Settlement[]>> = {
  maxRunning: ['its stop', 'a tariff with a longer limit'],
  timeout: ['its stop', 'a longer timeout'],
  maxSilence: ['its stop', 'RUNNING reported again', 'a tariff with a longer limit'],
  'forbidden step': ['its stop', 'a retraction of the wrong event'],
};

/** Why time is held, by its cause. */
const WHY_HELD: Readonly<Record<LimitCause, string>> = {
  maxRunning: 'it runs longer than its tariff allows without a stop',
  timeout: 'it runs longer than its timeout without a stop',
  maxSilence: 'nothing was reported for longer than its tariff allows',
  'forbidden step': 'it began to run after it had ended, so its start or the stop before has a wrong time',
};

export const heldWarning = ({ from, cause }: Held): string =>
  `held from ${isoTime(from)}: ${WHY_HELD[cause]}; settled by ${SETTLED_BY[cause].join(' or ')}`;

type Pricing = Pick<BillingContext, 'calendar' | 'currency'>;

/** Exact amounts of held time: what it would cost so far, and what each further hour adds. */
interface Stake {
  cost: bigint;
  perHour: bigint;
}

/** The charge as if no limit held any time, up to `now`. */
const withoutLimit = (charge: HeldCharge, { calendar }: Pricing, tariffs: TariffBook, now: number) => {
  const { jobId, projectId, usageMonth, start, openedBy, flavor, unit, milliUnits, held } = charge;
  const unlimited = { at: Number.POSITIVE_INFINITY, cause: held.cause };
  const open: OpenCharge = {
    ...{ kind: 'open', jobId, projectId, usageMonth, start, openedBy },
    ...(flavor !== undefined && {
      resources: { flavor, milliUnits: unit && milliUnits !== undefined ? { [unit]: milliUnits } : {} },
    }),
    ...{ limit: unlimited, longest: unlimited },
  };
  return priceOpenCharge(open, tariffs, calendar, Math.max(now, charge.end));
};

const stakeOf = (
  charge: HeldCharge,
  context: Pricing,
  tariffs: TariffBook,
  now: number,
  isCounted: (charge: FinalCharge) => boolean,
): Stake & { readonly minutes: number } => {
  const all = withoutLimit(charge, context, tariffs, now).filter(isCounted);
  return {
    minutes: all.reduce((sum, { minutes }) => sum + minutes, 0) - charge.minutes,
    cost: all.reduce((sum, { amount }) => sum + amount, 0n) - charge.amount,
    perHour: perHourOf(all.at(-1) ?? charge),
  };
};

const stakeView = ({ cost, perHour }: Stake, currency: string) => ({
  cost: formatMinor(roundHalfUp(cost, currency), currency),
  // A price is per hour: the amount of one minute times 60.
  atStakePerHour: amountTimes60(perHour),
});

/** The held time of a job: its last charge may have some. */
export const heldTimeOf = (
  charges: readonly FinalCharge[],
  context: Pricing,
  tariffs: TariffBook,
  now: number,
): HeldTime | undefined => {
  const held = charges.findLast(isHeld);
  if (!held) return undefined;
  const stake = stakeOf(held, context, tariffs, now, () => true);
  return {
    ...heldView(held.held),
    minutes: stake.minutes,
    ...stakeView(stake, context.currency),
    settledBy: [...SETTLED_BY[held.held.cause]],
  };
};

/** Adds up the held time of charges of one month. */
export const createHeldTime = (context: Pricing, tariffs: TariffBook, now: number) => {
  const list = createCappedList<Charge>();
  const causes = new Map<LimitCause, Stake & { count: number }>();
  return {
    add(charge: FinalCharge, running: boolean) {
      if (!isHeld(charge)) return;
      list.add(() => chargeView(charge, running));
      const isOfMonth = ({ usageMonth }: FinalCharge) => usageMonth === charge.usageMonth;
      const { cost, perHour } = stakeOf(charge, context, tariffs, now, isOfMonth);
      const sum = causes.get(charge.held.cause) ?? { count: 0, cost: 0n, perHour: 0n };
      causes.set(charge.held.cause, {
        count: sum.count + 1,
        cost: sum.cost + cost,
        perHour: sum.perHour + perHour,
      });
    },

    result(): HeldCharges {
      const { currency } = context;
      const sums = [...causes].sort(([, a], [, b]) => (a.cost === b.cost ? 0 : a.cost < b.cost ? 1 : -1));
      const all = sums.reduce(
        (sum, [, { cost, perHour }]) => ({ cost: sum.cost + cost, perHour: sum.perHour + perHour }),
        { cost: 0n, perHour: 0n },
      );
      return {
        ...list.result(),
        ...stakeView(all, currency),
        currency,
        causes: sums.map(([cause, sum]) => ({
          cause,
          count: sum.count,
          ...stakeView(sum, currency),
          settledBy: [...SETTLED_BY[cause]],
        })),
      };
    },
  };
};
