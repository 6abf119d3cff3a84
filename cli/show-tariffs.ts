import { compareText } from '../lib/billing/compare-text.ts';
import { durationWords } from '../lib/billing/duration.ts';
import { type TariffTerm, tariffId } from '../lib/billing/tariff.ts';
import { bold, dim, red, table } from './output.ts';

/** A published tariff as `tariff list` shows it. */
export interface ListedTariff extends TariffTerm {
  /** Whether every job that it changes is settled. */
  readonly settled: boolean;
}

/** "2026-01-27 00:00", in UTC. */
const minuteOf = (time: number): string => new Date(time).toISOString().slice(0, 16).replace('T', ' ');

const termText = ({ tariff, state, until }: TariffTerm): string => {
  const from = minuteOf(tariff.effectiveFrom);
  const to = until === undefined ? '' : `to ${minuteOf(until)}`;
  switch (state) {
    case 'replaced':
      return dim('never, replaced by\na later revision');
    case 'past':
      return `${from}\n${to}`;
    case 'in force':
      return `${bold('now')}, from ${from}\n${to}`;
    case 'scheduled':
      return `scheduled, from ${from}\n${to}`;
  }
};

/** Each flavor with its price, also those that had one before. */
const priceLines = ({ tariff, replaces }: TariffTerm): readonly (readonly [string, string])[] =>
  [...new Set([...Object.keys(replaces?.prices ?? {}), ...Object.keys(tariff.prices)])]
    .sort(compareText)
    .map((flavor) => {
      const price = Object.hasOwn(tariff.prices, flavor) ? tariff.prices[flavor] : undefined;
      return [flavor, price ? `${price.pricePerHour} ${tariff.currency} per ${price.unit}` : red('dropped')];
    });

const row = (listed: ListedTariff): string[] => {
  const { tariff, settled } = listed;
  const prices = priceLines(listed);
  return [
    [
      tariff.name,
      dim(tariffId(tariff)),
      ...(settled ? [] : [red('unfinished: not all jobs'), red('are settled, see tariff resume')]),
    ].join('\n'),
    termText(listed),
    tariff.billableStatuses.join('\n'),
    `${durationWords(tariff.maxRunningMs)}\n${durationWords(tariff.maxSilenceMs)} of silence`,
    prices.map(([flavor]) => flavor).join('\n'),
    prices.map(([, price]) => price).join('\n'),
  ];
};

/** Published tariffs as a table, oldest first, an empty line between them. */
export const showTariffs = (tariffs: readonly ListedTariff[]): string =>
  tariffs.length === 0
    ? 'no tariff is published: all time is unrated until one is'
    : table(
        [
          { title: 'tariff' },
          { title: 'in force (UTC)' },
          { title: 'billed' },
          { title: 'without a stop' },
          { title: 'flavor' },
          { title: 'per hour', align: 'right' },
        ],
        tariffs.flatMap((tariff, index) => [...(index > 0 ? [['', '', '', '', '', '']] : []), row(tariff)]),
      );
