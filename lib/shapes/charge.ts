import * as v from 'valibot';
import {
  amountTimes60,
  count,
  eventName,
  id,
  labels,
  list,
  minutes,
  month,
  object,
  price,
  time,
  total,
  unit,
  unitTotal,
} from './members.ts';

export const Evidence = object('An event that a charge follows from.', {
  source: eventName('The source of the event.'),
  id: eventName('The id of the event within its source.'),
  time: time('When it happened'),
});

export const EndedByEvent = object('An event ended it.', {
  cause: v.pipe(v.literal('fact'), v.description('The job stopped.')),
  fact: v.pipe(Evidence, v.description('The event that closed the interval.')),
});

const RULES = ['month end', 'price change', 'resources change', 'limit'] as const;

export const EndedByRule = object('It ends without an event.', {
  cause: v.pipe(
    v.picklist(RULES),
    v.description(
      '`month end`, `price change`, `resources change`: another charge follows. `limit`: the interval has no known stop and is not believed beyond; the rest is held.',
    ),
  ),
});

export const NotEnded = object('It has not ended.', {
  cause: v.pipe(v.literal('now'), v.description('It is still running.')),
});

const LIMITS = ['maxRunning', 'timeout', 'maxSilence', 'forbidden step'] as const;

const limitCause = v.pipe(
  v.picklist(LIMITS, `must be one of ${LIMITS.join(', ')}`),
  v.description(
    '`maxRunning`, `maxSilence`: limits of the tariff. `timeout`: the limit that the job states. `forbidden step`: the lifecycle forbids the step that opened the interval, so its start or the stop before has a wrong time.',
  ),
);

export const Held = object(
  'Time beyond a limit, without a known stop. It is billed once the stop is reported.',
  {
    from: time('Where the limit is reached'),
    cause: limitCause,
  },
);

export type Held = v.InferOutput<typeof Held>;

const identity = {
  jobId: id('The job.'),
  usageMonth: month('The month its minutes belong to'),
  start: time('Start of its first minute'),
};

const WHY = 'Why the charge ends where it does.';

export const BilledCharge = object(
  'Billable time inside one month at one price and on one count of resources, with all it takes to compute it again.',
  {
    ...identity,
    end: time(
      'Where the charge ends. A minute belongs to the month and price in which it starts, so this may be up to a minute after midnight',
    ),
    flavor: v.exactOptional(id('The flavor the job runs on. Absent while no resources are stated.')),
    unit: v.exactOptional(unit()),
    units: v.exactOptional(
      count(
        "The job's count of the priced unit, in thousandths at most. Absent where it is zero or not stated.",
      ),
    ),
    unitMinutes: v.exactOptional(unitTotal('`minutes x units`.')),
    statedBy: v.exactOptional(v.pipe(Evidence, v.description('The event that stated flavor and counts.'))),
    labels: v.exactOptional(labels('The labels of the job. They never change a price.')),
    minutes: minutes('Commenced minutes; none if the whole interval is held.'),
    tariff: v.exactOptional(
      eventName('The tariff in force at `start`: its effective time, `#` and its revision.'),
    ),
    pricePerHour: v.exactOptional(
      price(
        'Absent on an unrated charge: no resources are stated, no tariff has a price for the flavor, or the job states no count of the priced unit',
      ),
    ),
    amountTimes60: amountTimes60(
      'Exact amount in sixtieths of `currency`: `minutes x units x pricePerHour`. Divide by 60: `"694.8"` is 11.58. `"0"` while there is no price.',
    ),
    openedBy: v.pipe(Evidence, v.description('The event that opened the interval.')),
    endedBy: v.pipe(
      v.variant('cause', [EndedByEvent, EndedByRule], `must be one of ${['fact', ...RULES].join(', ')}`),
      v.description(WHY),
    ),
    held: v.exactOptional(v.pipe(Held, v.description('Time beyond a limit, which is not billed by itself.'))),
  },
);
export type BilledCharge = v.InferOutput<typeof BilledCharge>;

export const Charge = object('A charge as of now, of a job that may still run.', {
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
      v.description('What the last statement with this charge billed. Absent where none did.'),
    ),
  ),
};

export const StandingBilledCharge = object('A charge that the statement bills.', {
  ...BilledCharge.entries,
  ...replaces,
});

export const WithdrawnBilledCharge = object('A charge that is no longer billed.', {
  ...identity,
  minutes: v.pipe(v.literal(0, 'must be 0, or the charge has an end'), v.description('None.')),
  amountTimes60: v.pipe(v.literal('0', 'must be "0", or the charge has an end'), v.description('Nothing.')),
  ...replaces,
});

export const BilledChargeRecord = v.pipe(
  v.union([StandingBilledCharge, WithdrawnBilledCharge]),
  v.description('A charge of a statement.'),
);
export type BilledChargeRecord = v.InferOutput<typeof BilledChargeRecord>;

export const ListedCharges = object('The number of charges, and the first 100 of them.', {
  count: total('Their number.'),
  charges: list(Charge, 'The first 100.'),
});

const UnbilledUsage = object('Usage that a statement did not bill.', {
  ...identity,
  minutes: minutes('Commenced minutes.'),
  flavor: v.exactOptional(id('What the job runs on. Absent while no resources are stated.')),
  held: v.exactOptional(v.pipe(Held, v.description('Time beyond a limit, which is not billed by itself.'))),
});

export const UnbilledCharges = object(
  'Usage that a statement did not bill: how many charges, and the first 100 of them.',
  {
    count: total('Their number.'),
    charges: list(UnbilledUsage, 'The first 100.'),
  },
);
export type UnbilledCharges = v.InferOutput<typeof UnbilledCharges>;
