import * as v from 'valibot';
import {
  eventName,
  exactAmount,
  id,
  month,
  object,
  price,
  time,
  unit,
  whole,
  wholeFromZero,
  words,
} from './fields.ts';

const evidence = { source: eventName('Who reported it.'), id: eventName('The id of the event there.') };

export const Evidence = object('An event that decided a charge.', {
  ...evidence,
  time: time('When it happened'),
});

export const EndedByEvent = object('An event stopped it.', {
  cause: v.pipe(v.literal('fact'), v.description('The job stopped.')),
  fact: v.pipe(Evidence, v.description('The event that says so.')),
});

export const EndedByRule = object('It ends without an event.', {
  cause: v.pipe(
    v.picklist(['month end', 'price change', 'limit', 'now']),
    v.description(
      '`month end`, `price change`: another piece goes on from here. `limit`: the tariff bills no longer interval. `now`: it is still running.',
    ),
  ),
});

const Held = v.object({
  from: time('Where the limit of the tariff is reached'),
  until: v.exactOptional(time('The stop. Absent while none is known')),
});

const place = {
  jobId: id('The job.'),
  usageMonth: month('The month it is billed in'),
  start: time('When its first minute starts'),
};

const AMOUNT =
  'Exact amount in sixtieths of `currency`: `minutes x units x pricePerHour`. Divide by 60: `"694.8"` is 11.58. `"0"` while there is no price.';

export const Position = object(
  'A piece of billable time inside one month at one price, with all it takes to compute it again.',
  {
    ...place,
    end: time(
      'Where the piece ends. A minute belongs to the month and price in which it starts, so this may be up to a minute after midnight',
    ),
    flavor: v.exactOptional(id('What the job runs on. Absent while no resources are stated.')),
    unit: v.exactOptional(unit()),
    units: v.exactOptional(wholeFromZero('How many GPUs or CPUs.')),
    unitMinutes: v.exactOptional(wholeFromZero('`minutes x units`.')),
    minutes: wholeFromZero('Commenced minutes.'),
    tariff: v.exactOptional(words('The tariff in force at `start`: when it begins, `#` and its revision.')),
    pricePerHour: v.exactOptional(
      price('Absent while no tariff has a price: the charge is unrated, and billed once there is one'),
    ),
    amountTimes60: exactAmount(AMOUNT),
    openedBy: v.pipe(Evidence, v.description('The event that opened the interval.')),
    endedBy: v.pipe(
      v.variant('cause', [EndedByEvent, EndedByRule]),
      v.description('Why the piece ends where it does.'),
    ),
    held: v.exactOptional(
      v.pipe(Held, v.description('Time beyond the limit of the tariff, which is not billed by itself.')),
    ),
  },
);

export const Charge = object('A position that is live: of a job that may still run.', {
  projectId: id('The project it is charged to.'),
  state: v.pipe(
    v.picklist(['final', 'running']),
    v.description('`running`: priced as if the job stopped now.'),
  ),
  ...Position.entries,
});

const replaces = {
  replaces: v.exactOptional(
    v.pipe(
      Position,
      v.description('What the last statement with this position asked for. Absent where none did.'),
    ),
  ),
};

export const StandingPosition = object('A position that is asked for.', { ...Position.entries, ...replaces });

export const WithdrawnPosition = object('A position that is asked for no more.', {
  ...place,
  minutes: v.pipe(v.number(), v.value(0), v.description('None.')),
  amountTimes60: v.pipe(v.string(), v.value('0'), v.description('Nothing.')),
  ...replaces,
});

export const BilledPosition = v.pipe(
  v.union([StandingPosition, WithdrawnPosition]),
  v.description('A position of a statement.'),
);

export const ListedCharges = object('Charges by number, the first 100 of them in full.', {
  count: wholeFromZero('How many there are.'),
  charges: v.pipe(v.array(Charge), v.description('The first 100 of them.')),
});

export const Attention = object('What a statement could not bill, by number, and where the first 100 are.', {
  count: wholeFromZero('How many there are.'),
  charges: v.pipe(
    v.array(
      v.object({
        ...place,
        minutes: whole('Commenced minutes.'),
        flavor: v.exactOptional(id('What the job runs on. Absent while no resources are stated.')),
        heldFrom: v.exactOptional(time('Where the limit of the tariff is reached')),
      }),
    ),
    v.description('The first 100 of them.'),
  ),
});
