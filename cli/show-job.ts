import { durationWords } from '../lib/billing/duration.ts';
import { formatMinor, parseMinor, parseTimes60, roundHalfUp } from '../lib/billing/money.ts';
import { isFinal } from '../lib/billing/statuses.ts';
import type { Charge } from '../lib/shapes/charge.ts';
import type { Job, JobBilled, Transition } from '../lib/shapes/job.ts';
import { listTable, membersCsv } from './list.ts';
import { bold, counted, dim, green, indent, red } from './output.ts';
import { explainCharge } from './show-charge.ts';
import { timeText } from './times.ts';

const right = { align: 'right' as const };

/** A title with its content; nothing without content. */
const section = (title: string, content: readonly string[]): string[] =>
  content.length === 0 ? [] : ['', bold(title), ...content.map((text) => indent(text))];

const resourcesText = ({ flavor, gpu, cpu, node = 0 }: NonNullable<Job['resources']>): string =>
  [
    flavor,
    ...Object.entries({ gpu, cpu, node }).flatMap(([unit, count]) => (count > 0 ? [`${count} ${unit}`] : [])),
  ].join(', ');

const labelsText = (labels: Readonly<Record<string, string>>): string =>
  Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(', ');

/** "7 days" for an ISO 8601 duration in seconds. */
const timeoutText = (timeout: string): string => {
  const seconds = /^PT(\d+)S$/.exec(timeout)?.[1];
  return seconds === undefined ? timeout : durationWords(Number(seconds) * 1000);
};

const minutesOf = (charges: readonly Charge[]): number =>
  charges.reduce((sum, { minutes }) => sum + minutes, 0);

const unratedMinutes = ({ charges }: Job): number =>
  minutesOf(charges.filter(({ pricePerHour }) => pricePerHour === undefined));

/** A cost of nothing without a price is not nothing. */
const costText = (job: Job): string => {
  const { charges, status, cost, currency } = job;
  if (unratedMinutes(job) > 0 && unratedMinutes(job) === minutesOf(charges)) return bold('no price yet');
  return `${bold(`${cost} ${currency}`)}${status === undefined || isFinal(status) ? '' : ' so far'}`;
};

const heading = (job: Job, timeZone: string): string[] => {
  const { jobId, projectId, status, resources, labels, timeout, charges, asOf } = job;
  const minutes = minutesOf(charges);
  return [
    bold(`job ${jobId} of ${projectId}: ${status ?? 'every event taken back'}`),
    `${costText(job)}, ${counted(charges.length, 'charge')}, ` +
      `${minutes.toLocaleString('en')} commenced ${minutes === 1 ? 'minute' : 'minutes'}`,
    dim(`as of ${timeText(asOf, timeZone)}, times in ${timeZone}`),
    ...(resources ? [`runs on ${resourcesText(resources)}`] : []),
    ...(labels ? [`labels: ${labelsText(labels)}`] : []),
    ...(timeout === undefined ? [] : [`timeout: at most ${timeoutText(timeout)} count without a stop`]),
  ];
};

/** What of a job's time is in no cost. */
const unbilled = (job: Job): string[] => {
  const { waitsFor, held, charges, currency } = job;
  // A price may be zero.
  const isPriced =
    Number(held?.atStakePerHour) > 0 ||
    charges.some((charge) => charge.held && charge.pricePerHour !== undefined);
  return [
    ...(waitsFor ? [`${unratedMinutes(job).toLocaleString('en')} min wait for ${waitsFor.join(', ')}`] : []),
    ...(held
      ? [
          isPriced
            ? `held time of ${held.cost} ${currency} so far, ${held.atStakePerHour} ${currency} more with each hour`
            : 'held time, which has no price either',
        ]
      : []),
  ];
};

/** What the next statement adds or credits for usage months that were billed. */
const dueText = ({ charges, billed = [], currency }: Job): string[] =>
  [...Map.groupBy(billed, ({ usageMonth }) => usageMonth)].flatMap(([usageMonth, ofMonth]) => {
    const ofCharges = charges.filter((charge) => charge.usageMonth === usageMonth);
    const exact = ofCharges.reduce((sum, { amountTimes60 }) => sum + parseTimes60(amountTimes60), 0n);
    const before = ofMonth.reduce((sum, { amount }) => sum + parseMinor(amount), 0n);
    const due = roundHalfUp(exact, currency) - before;
    if (due === 0n) return [];
    const what = due < 0n ? 'credits' : 'adds';
    return [`the next statement ${what} ${formatMinor(due < 0n ? -due : due, currency)} for ${usageMonth}`];
  });

const billedTable = (billed: readonly JobBilled[], currency: string): string =>
  listTable<JobBilled>(
    [
      { title: 'statement of', text: ({ month }) => month },
      { title: 'for', text: ({ usageMonth, kind }) => `${kind} of ${usageMonth}` },
      { title: 'minutes', ...right, text: ({ minutes }) => minutes.toLocaleString('en') },
      { title: currency, ...right, text: ({ amount }) => amount },
      {
        title: '',
        text: ({ retractions = [] }) =>
          [...new Set(retractions.map(({ reason }) => `taken back: ${reason}`))].join('; '),
      },
    ],
    billed,
  );

const statedText = ({ resources, labels, timeout, retracted }: Transition): string =>
  [
    ...(retracted ? ['taken back'] : []),
    ...(resources ? [resourcesText(resources)] : []),
    ...(labels ? [labelsText(labels)] : []),
    ...(timeout === undefined ? [] : [`timeout ${timeoutText(timeout)}`]),
  ].join('; ');

const isWithin = (time: number, { start, end }: Job['intervals'][number]): boolean =>
  Date.parse(start) <= time && (end === undefined || time < Date.parse(end));

/** A transition, how long its status lasted, and whether it is billable. */
const happenedTable = ({ transitions, intervals, asOf }: Job, timeZone: string): string => {
  const rows = transitions.map((transition, index) => {
    const time = Date.parse(transition.time);
    const next = transitions[index + 1];
    const isLast = next === undefined || next.retracted;
    const until = isLast ? Date.parse(asOf) : Date.parse(next.time);
    const isOpen = isLast && !isFinal(transition.status);
    return {
      transition,
      lasted: transition.retracted || (isLast && !isOpen) ? '' : durationWords(Math.max(0, until - time)),
      billable: !transition.retracted && intervals.some((one) => isWithin(time, one)),
    };
  });
  return listTable<(typeof rows)[number]>(
    [
      { title: 'time', text: ({ transition }) => timeText(transition.time, timeZone) },
      {
        title: 'status',
        text: ({ transition, billable }) => (billable ? green(transition.status) : transition.status),
      },
      { title: 'for', text: ({ lasted }) => lasted },
      { title: '', text: ({ billable }) => (billable ? 'billable' : '') },
      { title: 'event', text: ({ transition }) => transition.id },
      { title: 'states', text: ({ transition }) => statedText(transition) },
    ],
    rows,
  );
};

const intervalsTable = ({ intervals }: Job, timeZone: string): string =>
  listTable<Job['intervals'][number]>(
    [
      { title: 'from', text: ({ start }) => timeText(start, timeZone) },
      { title: 'to', text: ({ end }) => (end === undefined ? 'no stop is known' : timeText(end, timeZone)) },
      { title: 'minutes', ...right, text: ({ minutes }) => minutes.toLocaleString('en') },
      { title: '', text: ({ held }) => (held ? `held from ${timeText(held.from, timeZone)} on` : '') },
    ],
    intervals,
  );

const nothingCharged = ({ status }: Job): string =>
  status === undefined
    ? 'nothing: every run was taken back'
    : 'nothing: it was in no status that the tariff bills';

/** A job for people: what happened, what it costs and why, what waits, what was billed. */
export const showJob = (job: Job, timeZone: string): string => {
  const { charges, billed = [], intervals, retractions, warnings, currency } = job;
  return [
    ...heading(job, timeZone),
    ...section('to look at', warnings.map(red)),
    ...section('not billed yet', unbilled(job)),
    ...section(
      'charges',
      charges.length > 0
        ? charges.map((charge, index) => explainCharge(job, charge, index + 1, timeZone))
        : [nothingCharged(job)],
    ),
    ...section('billed by statements', [
      ...(billed.length > 0 ? [billedTable(billed, currency)] : []),
      ...dueText(job),
    ]),
    ...section('what happened', [happenedTable(job, timeZone)]),
    ...section('billable time', intervals.length > 0 ? [intervalsTable(job, timeZone)] : []),
    ...section(
      'taken back',
      retractions.map(
        ({ time, retracts, reason }) => `event ${retracts.id} on ${timeText(time, timeZone)}: ${reason}`,
      ),
    ),
  ].join('\n');
};

const costOf = ({ amountTimes60 }: Charge, currency: string): string =>
  formatMinor(roundHalfUp(parseTimes60(amountTimes60), currency), currency);

/** The charges of a job as CSV. `cost` is rounded for each by itself. */
export const jobCsv = ({ charges, currency }: Job): string =>
  membersCsv(
    [
      ...(['jobId', 'usageMonth', 'start', 'end', 'state', 'flavor', 'unit', 'units', 'minutes'] as const),
      ...(['unitMinutes', 'pricePerHour', 'tariff', 'cost', 'currency', 'amountTimes60'] as const),
    ],
    charges.map((charge) => ({ ...charge, cost: costOf(charge, currency), currency })),
  );
