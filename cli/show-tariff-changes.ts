import { durationMs, durationWords } from '../lib/billing/duration.ts';
import { parseMinor } from '../lib/billing/money.ts';
import type { Price } from '../lib/billing/tariff.ts';
import type { FlavorChange, TariffChanges } from '../lib/operations/tariffs/changes.ts';
import { bold, counted, dim, indent, red, table } from './output.ts';

const right = { align: 'right' as const };

const priceText = (price: Price | undefined): string =>
  price ? `${price.pricePerHour} per ${price.unit}` : dim('no price');

const CHANGES = { added: 'added', changed: 'changed', dropped: red('dropped') };

/** What the running jobs cost an hour, where any has a price. */
const perHour = (amount: string, unrated: number, running: number): string =>
  running === 0 ? '' : unrated === running ? dim('unrated') : amount;

const prices = ({ prices: all, currency }: TariffChanges): string =>
  table(
    [
      { title: 'flavor' },
      { title: 'change' },
      { title: `${currency} per hour`, ...right },
      { title: 'new', ...right },
      { title: 'used by', ...right },
      { title: 'running', ...right },
      { title: `their ${currency} per hour`, ...right },
      { title: 'new', ...right },
      { title: `${currency} not billed yet`, ...right },
    ],
    all.map(({ flavor, change, before, after, jobs, running, perHour: cost, unrated, unbilled }) => [
      flavor,
      CHANGES[change],
      priceText(before),
      priceText(after),
      counted(jobs, 'job'),
      String(running),
      perHour(cost.before, unrated.before, running),
      perHour(cost.after, unrated.after, running),
      unbilled,
    ]),
  );

/** Jobs that have no count of the new unit: not of dropped flavors, which say so themselves. */
const unratedNotes = ({ flavor, after, unrated }: FlavorChange): string[] =>
  after && unrated.after > unrated.before
    ? [
        `note: no count of ${after.unit} is stated by ${counted(unrated.after, 'running job')} on ${flavor}: unrated`,
      ]
    : [];

const days = (duration: string): string => durationWords(durationMs(duration));

const rules = ({ rules: { billableStatuses, maxRunning, maxSilence } }: TariffChanges): string[] => [
  ...(billableStatuses
    ? [`billed: ${billableStatuses.after.join(', ')} (so far ${billableStatuses.before.join(', ')})`]
    : []),
  ...(maxRunning
    ? [`a run without a stop counts at most ${days(maxRunning.after)} (so far ${days(maxRunning.before)})`]
    : []),
  ...(maxSilence
    ? [
        `a run without a stop counts at most ${days(maxSilence.after)} after its latest event (so far ${days(maxSilence.before)})`,
      ]
    : []),
];

const signed = (difference: string): string => (parseMinor(difference) > 0n ? `+${difference}` : difference);

const months = ({ months: all, jobsSettled, currency, effectiveFrom, asOf }: TariffChanges): string[] => {
  if (effectiveFrom > asOf) return ['it starts later: nothing counted up to now changes'];
  const settled = `${counted(jobsSettled, 'job')} to settle again`;
  return all.length === 0
    ? [`${settled}; no amount changes`]
    : [
        `${settled}; all projects together, running jobs up to now:`,
        table(
          [
            { title: 'usage month' },
            { title: `${currency} so far`, ...right },
            { title: 'new', ...right },
            { title: 'difference', ...right },
            { title: '' },
          ],
          all.map(({ usageMonth, before, after, difference, closed }) => [
            usageMonth,
            before,
            after,
            signed(difference),
            closed ? 'closed: the next statements correct it' : '',
          ]),
        ),
      ];
};

const unratedMinutesNotes = ({ months: all }: TariffChanges): string[] =>
  all
    .filter(({ unratedMinutes: { before, after } }) => before !== after)
    .map(
      ({ usageMonth, unratedMinutes: { before, after } }) =>
        `note: ${usageMonth} has ${counted(after, 'unrated minute')}, so far ${before}`,
    );

const term = ({ replaces, replacedBy }: TariffChanges): string[] => [
  replaces ? `instead of ${replaces.name} (${replaces.tariff})` : 'no tariff was in force',
  ...(replacedBy
    ? [
        `until ${replacedBy.effectiveFrom}, when ${replacedBy.name} (${replacedBy.tariff}) replaces it` +
          (replacedBy.drops.length > 0 ? `, which has no price for ${replacedBy.drops.join(', ')}` : ''),
      ]
    : []),
];

/** What a tariff changes, for people: prices and what depends on them, rules, charges up to now. */
export const showTariffChanges = (changes: TariffChanges): string =>
  [
    `${bold(changes.name)} from ${changes.effectiveFrom}`,
    ...term(changes).map((line) => indent(line)),
    '',
    changes.prices.length === 0 ? 'no price changes' : prices(changes),
    ...changes.prices.flatMap(unratedNotes),
    ...rules(changes),
    '',
    ...months(changes),
    ...unratedMinutesNotes(changes),
    '',
  ].join('\n');
