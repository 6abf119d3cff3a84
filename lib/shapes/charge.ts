import * as v from 'valibot';
import {
  amountTimes60,
  count,
  eventName,
  id,
  list,
  month,
  object,
  price,
  time,
  total,
  unit,
} from './members.ts';

export const Evidence = object('An event that decided a charge.', {
  source: eventName('The source that reported it.'),
  id: eventName('Its id within the source.'),
  time: time('When it occurred'),
});

export const EndedByEvent = object('An event ended it.', {
  cause: v.pipe(v.literal('fact'), v.description('The job stopped.')),
  fact: v.pipe(Evidence, v.description('The event.')),
});

const RULES = ['month end', 'price change', 'limit'] as const;

export const EndedByRule = object('It ends without an event.', {
  cause: v.pipe(
    v.picklist(RULES),
    v.description(
      '`month end`, `price change`: another charge continues the interval. `limit`: the limit of the tariff for one interval is reached.',
    ),
  ),
});

export const NotEnded = object('It has not ended.', {
  cause: v.pipe(v.literal('now'), v.description('It is still running.')),
});

const Held = object('Time beyond the limit of the tariff.', {
  from: time('Where the limit of the tariff is reached'),
  until: v.exactOptional(time('The stop. Absent while none is known')),
});

const identity = {
  jobId: id('The job.'),
  usageMonth: month('The month its minutes belong to'),
  start: time('Start of its first minute'),
};

const CAUSE = 'Why the charge ends.';

export const BilledCharge = object(
  'A charge: billable time inside one month at one price, with everything needed to recompute it.',
  {
    ...identity,
    end: time(
      'Where the charge ends. A minute belongs to the month and price in which it starts, so this may be up to a minute after midnight',
    ),
    flavor: v.exactOptional(id('The flavor the job runs on. Absent while no resources are stated.')),
    unit: v.exactOptional(unit()),
    units: v.exactOptional(count('Number of GPUs or CPUs.')),
    unitMinutes: v.exactOptional(total('`minutes x units`.')),
    minutes: count('Commenced minutes.'),
    tariff: v.exactOptional(
      eventName('The tariff in force at `start`: its effective time, `#` and its revision.'),
    ),
    pricePerHour: v.exactOptional(
      price('Absent while no tariff has a price: the charge is unrated until one has'),
    ),
    amountTimes60: amountTimes60(
      'Exact amount in sixtieths of `currency`: `minutes x units x pricePerHour`. Divide by 60: `"694.8"` is 11.58. `"0"` while there is no price.',
    ),
    openedBy: v.pipe(Evidence, v.description('The event that opened the interval.')),
    endedBy: v.pipe(
      v.variant('cause', [EndedByEvent, EndedByRule], `must have a cause: ${['fact', ...RULES].join(', ')}`),
      v.description(CAUSE),
    ),
    held: v.exactOptional(
      v.pipe(Held, v.description('Time beyond the limit of the tariff, which is not billed by itself.')),
    ),
  },
);
export type BilledCharge = v.InferOutput<typeof BilledCharge>;

export const Charge = object('A live charge: its job may still be running.', {
  projectId: id('The project that is charged.'),
  state: v.pipe(
    v.picklist(['final', 'running']),
    v.description('`running`: priced as if the job stopped now.'),
  ),
  ...BilledCharge.entries,
  endedBy: v.pipe(v.variant('cause', [EndedByEvent, EndedByRule, NotEnded]), v.description(CAUSE)),
});
export type Charge = v.InferOutput<typeof Charge>;

const replaces = {
  replaces: v.exactOptional(
    v.pipe(
      BilledCharge,
      v.description('The content that the last statement with this charge billed. Absent the first time.'),
    ),
  ),
};

export const StandingBilledCharge = object('A billed charge.', {
  ...BilledCharge.entries,
  ...replaces,
});

export const WithdrawnBilledCharge = object('A charge that is no longer billed.', {
  ...identity,
  minutes: v.pipe(v.literal(0, 'must be 0, or the charge has an end'), v.description('Always 0.')),
  amountTimes60: v.pipe(
    v.literal('0', 'must be "0", or the charge has an end'),
    v.description('Always "0".'),
  ),
  ...replaces,
});

export const BilledChargeRecord = v.pipe(
  v.union([StandingBilledCharge, WithdrawnBilledCharge]),
  v.description('A charge on a statement.'),
);
export type BilledChargeRecord = v.InferOutput<typeof BilledChargeRecord>;

export const ListedCharges = object('The number of charges, and the first 100 of them.', {
  count: total('Their number.'),
  charges: list(Charge, 'The first 100.'),
});

const UnbilledUsage = object('A charge that a statement could not bill.', {
  ...identity,
  minutes: count('Commenced minutes.'),
  flavor: v.exactOptional(id('The flavor the job runs on. Absent while no resources are stated.')),
  heldFrom: v.exactOptional(time('Where the limit of the tariff is reached')),
});

export const UnbilledCharges = object(
  'The number of charges that a statement could not bill, and the first 100 of them.',
  {
    count: total('Their number.'),
    charges: list(UnbilledUsage, 'The first 100.'),
  },
);
export type UnbilledCharges = v.InferOutput<typeof UnbilledCharges>;
