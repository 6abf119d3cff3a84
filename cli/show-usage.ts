import { parseMinor } from '../lib/billing/money.ts';
import type { Usage } from '../lib/shapes/usage.ts';
import { bold, dim, green, indent, table } from './output.ts';

/** Width of the bar of the largest group. */
const BAR_WIDTH = 24;

const right = { align: 'right' as const };

const lines = ({ lines: all, currency }: Pick<Usage, 'lines' | 'currency'>): string =>
  table(
    [
      { title: 'month' },
      { title: 'flavor' },
      { title: 'unit' },
      { title: 'minutes', ...right },
      { title: 'unit minutes', ...right },
      { title: 'price per hour', ...right },
      { title: currency, ...right },
    ],
    all.map((line) => [
      line.usageMonth,
      line.flavor,
      line.unit,
      line.minutes.toLocaleString('en'),
      line.unitMinutes.toLocaleString('en', { maximumFractionDigits: 3 }),
      line.pricePerHour,
      line.amount,
    ]),
  );

/** A bar to scale, at least one character for what is not zero. */
const bar = (part: bigint, most: bigint): string => {
  if (part <= 0n || most === 0n) return '';
  return green('█'.repeat(Math.max(1, Number((part * BigInt(BAR_WIDTH)) / most))));
};

const groupName = (groupBy: string, value: string | undefined): string =>
  value ?? dim(groupBy.startsWith('label:') ? 'without the label' : 'no resources stated');

const groups = ({ groupBy = '', groups: all = [], currency }: Usage): string => {
  const most = all.reduce((max, { total }) => (parseMinor(total) > max ? parseMinor(total) : max), 0n);
  return table(
    [{ title: groupBy }, { title: 'minutes', ...right }, { title: currency, ...right }, { title: '' }],
    all.map(({ value, minutes, total }) => [
      groupName(groupBy, value),
      minutes.toLocaleString('en'),
      total,
      bar(parseMinor(total), most),
    ]),
  );
};

const notes = ({ unrated, held, running, forecast, corrections, currency }: Usage): string[] => [
  ...(running.count > 0 ? [`running now: ${running.count}`] : []),
  ...(unrated.count > 0 ? [`not in the total, unrated: ${unrated.count}`] : []),
  ...(held.count > 0 ? [`not in the total, held without a stop: ${held.count}`] : []),
  ...(forecast?.atThisPace === undefined ? [] : [`at this pace: ${forecast.atThisPace} ${currency}`]),
  ...(forecast ? [`if what runs now never stops: ${forecast.ifAllKeepRunning} ${currency}`] : []),
  ...(corrections ? [`corrections of closed months so far: ${corrections.total} ${currency}`] : []),
];

/** A group may have time without a price only. */
const hasContent = ({ groups: all, lines }: Usage): boolean => (all ?? lines).length > 0;

/** Usage for people: lines or groups, the total, and what else there is to know. */
export const showUsage = (usage: Usage): string =>
  [
    bold(`usage of ${usage.projectId} in ${usage.month}, as of ${usage.asOf}`),
    hasContent(usage) ? (usage.groups ? groups(usage) : lines(usage)) : 'no usage',
    bold(`total ${usage.total} ${usage.currency}`),
    ...notes(usage).map((note) => indent(note)),
    ...(usage.corrections ? [indent(lines({ ...usage.corrections }))] : []),
  ].join('\n');
