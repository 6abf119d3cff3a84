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
  source: eventName('Who reported it.'),
  id: eventName('The id of the event there.'),
  time: time('When it happened'),
});

export const EndedByEvent = object('An event stopped it.', {
  cause: v.pipe(v.literal('fact'), v.description('The job stopped.')),
  fact: v.pipe(Evidence, v.description('The event that says so.')),
});

const RULES = ['month end', 'price change', 'limit'] as const;

export const EndedByRule = object('It ends without an event.', {
  cause: v.pipe(
    v.picklist(RULES),
    v.description(
      '`month end`, `price change`: another piece goes on from here. `limit`: the tariff bills no longer interval.',
    ),
  ),
});

export const NotEnded = object('It does not end yet.', {
  cause: v.pipe(v.literal('now'), v.description('It is still running.')),
});

const Held = object('Time beyond the limit of the tariff.', {
  from: time('Where the limit of the tariff is reached'),
  until: v.exactOptional(time('The stop. Absent while none is known')),
});

const place = {
  jobId: id('The job.'),
  usageMonth: month('The month it is billed in'),
  start: time('When its first minute starts'),
};

const WHY = 'Why the piece ends where it does.';

export const BilledCharge = object(
  'A piece of billable time inside one month at one price, with all it takes to compute it again.',
  {
    ...place,
    end: time(
      'Where the piece ends. A minute belongs to the month and price in which it starts, so this may be up to a minute after midnight',
    ),
    flavor: v.exactOptional(id('What the job runs on. Absent while no resources are stated.')),
    unit: v.exactOptional(unit()),
    units: v.exactOptional(count('How many GPUs or CPUs.')),
    unitMinutes: v.exactOptional(total('`minutes x units`.')),
    minutes: count('Commenced minutes.'),
    tariff: v.exactOptional(
      eventName('The tariff in force at `start`: when it begins, `#` and its revision.'),
    ),
    pricePerHour: v.exactOptional(
      price('Absent while no tariff has a price: the charge is unrated, and billed once there is one'),
    ),
    amountTimes60: amountTimes60(
      'Exact amount in sixtieths of `currency`: `minutes x units x pricePerHour`. Divide by 60: `"694.8"` is 11.58. `"0"` while there is no price.',
    ),
    openedBy: v.pipe(Evidence, v.description('The event that opened the interval.')),
    endedBy: v.pipe(
      v.variant('cause', [EndedByEvent, EndedByRule], `must have a cause: ${['fact', ...RULES].join(', ')}`),
      v.description(WHY),
    ),
    held: v.exactOptional(
      v.pipe(Held, v.description('Time beyond the limit of the tariff, which is not billed by itself.')),
    ),
  },
);
export type BilledCharge = v.InferOutput<typeof BilledCharge>;

export const Charge = object('A position that is live: of a job that may still run.', {
  projectId: id('The project it is charged to.'),
  state: v.pipe(
    v.picklist(['final', 'running']),
    v.description('`running`: priced as if the job stopped now.'),
  ),
  ...BilledCharge.entries,
  endedBy: v.pipe(v.variant('cause', [EndedByEvent, EndedByRule, NotEnded]), v.description(WHY)),
});
export type Charge = v.InferOutput<typeof Charge>;

const replaces = {
  replaces: v.exactOptional(
    v.pipe(
      BilledCharge,
      v.description('What the last statement with this position asked for. Absent where none did.'),
    ),
  ),
};

export const StandingBilledCharge = object('A position that is asked for.', {
  ...BilledCharge.entries,
  ...replaces,
});

export const WithdrawnBilledCharge = object('A position that is asked for no more.', {
  ...place,
  minutes: v.pipe(v.literal(0, 'must be 0, or the position has an end'), v.description('None.')),
  amountTimes60: v.pipe(v.literal('0', 'must be "0", or the position has an end'), v.description('Nothing.')),
  ...replaces,
});

export const BilledChargeRecord = v.pipe(
  v.union([StandingBilledCharge, WithdrawnBilledCharge]),
  v.description('A position of a statement.'),
);
export type BilledChargeRecord = v.InferOutput<typeof BilledChargeRecord>;

export const ListedCharges = object('Charges by number, the first 100 of them in full.', {
  count: total('How many there are.'),
  charges: list(Charge, 'The first 100 of them.'),
});

const UnbilledUsage = object('Where time is that a statement could not bill.', {
  ...place,
  minutes: count('Commenced minutes.'),
  flavor: v.exactOptional(id('What the job runs on. Absent while no resources are stated.')),
  heldFrom: v.exactOptional(time('Where the limit of the tariff is reached')),
});

export const UnbilledCharges = object(
  'What a statement could not bill, by number, and where the first 100 are.',
  {
    count: total('How many there are.'),
    charges: list(UnbilledUsage, 'The first 100 of them.'),
  },
);
export type UnbilledCharges = v.InferOutput<typeof UnbilledCharges>;
