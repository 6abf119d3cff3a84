import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Usage } from '../../lib/shapes/usage.ts';
import { clockText, monthName } from '../calendar.ts';
import { costPerHour } from '../live-usage.ts';
import { grouped } from '../money.ts';
import { isUnrated } from '../unbilled.ts';
import { LIVE_MS } from '../use-answer.ts';
import { Fact } from './fact.tsx';
import { MostExpensiveJob } from './most-expensive-job.tsx';
import { counted, Money } from './text.tsx';

const MINUTE_MS = 60_000;

/** The total for screen readers: announced at once, then at most once a minute. */
const SpokenTotal = ({ text, now }: { readonly text: string; readonly now: number }) => {
  const [spoken, setSpoken] = useState(text);
  // The minute alone is the dependency: a new text waits for the next one.
  useEffect(() => setSpoken(text), [Math.floor(now / MINUTE_MS)]);
  return (
    <p class="visually-hidden" role="status">
      {spoken}
    </p>
  );
};

type Forecast = NonNullable<Usage['forecast']>;

/** How the forecast comes about, its range, and what the statement may have besides. */
const forecastLines = (
  { ofRunningJobs, ofFurtherJobs, low, high }: Forecast,
  { corrections, correctionsUnknown, held, unrated }: Usage,
): string[] => [
  ...(low === high
    ? []
    : [
        `Jobs that run now: ${grouped(ofRunningJobs)} more`,
        `Further jobs: ${grouped(ofFurtherJobs)} more`,
        `Range: ${grouped(low)} if all jobs stop now, ${grouped(high)} if none does and more follow at the pace of this month`,
      ]),
  ...(corrections ? [`Besides, corrections on the same statement: ${grouped(corrections.total)}`] : []),
  ...(correctionsUnknown === undefined ? [] : ['Besides, corrections on the same statement: not known']),
  ...(held.count + unrated.count > 0 ? ['Without what is held or has no price'] : []),
];

/** The forecast of the API. */
const Expected = ({ usage }: { readonly usage: Usage }) =>
  usage.forecast && (
    <Fact
      class="figure"
      name={`Usage expected at the end of ${monthName(usage.month)}`}
      hint={forecastLines(usage.forecast, usage)}
    >
      <Money amount={usage.forecast.expected} currency={usage.currency} />
    </Fact>
  );

/** Jobs that run and are counted on, what they cost an hour, and those that are not counted. */
const RunningNow = ({ usage: { running, held, currency } }: { readonly usage: Usage }) => {
  const heldRunning = held.charges.filter(({ state }) => state === 'running').length;
  const going = running.charges.filter((charge) => !charge.held);
  const rated = going.filter((charge) => !isUnrated(charge));
  const hints = [
    ...(rated.length > 0 ? [`${grouped(costPerHour(rated, currency))} ${currency} per hour`] : []),
    ...(going.length > rated.length
      ? [`${counted(going.length - rated.length, 'job')} without a price`]
      : []),
    ...(heldRunning > 0
      ? [`not counted: ${counted(heldRunning, 'job')} that ${heldRunning === 1 ? 'is' : 'are'} held`]
      : []),
  ];
  return (
    <Fact class="figure" name="Running now" hint={hints.length > 0 ? hints.join('; ') : undefined}>
      {counted(running.count - heldRunning, 'job')}
    </Fact>
  );
};

/** The total of the current month so far, and the figures beside it. */
export const MonthTotal = ({
  usage,
  now,
  zone,
  unsuccessful,
}: {
  readonly usage: Usage;
  readonly now: number;
  readonly zone: string;
  /** What failed and interrupted jobs cost. */
  readonly unsuccessful: ComponentChildren;
}) => {
  const name = monthName(usage.month);
  return (
    <section class="card hero" aria-labelledby="total">
      <div>
        <h2 id="total">{name} so far</h2>
        <p class="total" data-testid="total">
          <Money amount={usage.total} currency={usage.currency} />
        </p>
        <p class="hint">
          up to <span class="tabular">{clockText(now, zone)}</span> ({zone})
        </p>
        <SpokenTotal text={`${grouped(usage.total)} ${usage.currency} so far in ${name}`} now={now} />
      </div>
      <dl class="facts">
        <Expected usage={usage} />
        <RunningNow usage={usage} />
        {unsuccessful}
        <MostExpensiveJob usage={usage} freshMs={LIVE_MS} />
      </dl>
    </section>
  );
};
