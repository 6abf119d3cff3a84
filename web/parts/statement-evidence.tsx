import { useState } from 'preact/hooks';
import type { Line } from '../../lib/shapes/line.ts';
import type { Statement, StatementCharges } from '../../lib/shapes/statement.ts';
import { paths } from '../api.ts';
import { monthName } from '../calendar.ts';
import { eventKey } from '../lifecycle.ts';
import { count, exactSixtieth, grouped } from '../money.ts';
import { linkTo } from '../route.ts';
import {
  compareShares,
  lineCalculation,
  lineKey,
  MAX_SHOWN_LINES,
  partsOf,
  type Share,
  sharesOf,
} from '../statement-lines.ts';
import { unitName } from '../units.ts';
import { type AllPages, readPages, useAnswer } from '../use-answer.ts';
import { Card } from './card.tsx';
import { ChargeFormula, ChargePeriod } from './charge-explained.tsx';
import { Shown } from './feedback.tsx';
import { JobLink } from './job-link.tsx';
import { Money } from './text.tsx';

const LineFormula = ({ line }: { readonly line: Line }) => {
  const { times60, rounded, earlier } = lineCalculation(line);
  const exact = exactSixtieth(times60, line.currency);
  return (
    <p class="formula">
      {count(line.cumulativeUnitMinutes)} {unitName(line.unit)} min × {line.pricePerHour} {line.currency}/h ÷
      60 = {exact !== rounded && `${grouped(exact)}, rounded `}
      {line.kind === 'correction' &&
        `${grouped(rounded)}, less ${grouped(earlier)} billed by earlier statements = `}
      <strong>
        <Money amount={line.amount} currency={line.currency} />
      </strong>
    </p>
  );
};

const ShareOfLine = ({
  projectId,
  share: { charge, sign },
  reasons,
  currency,
  zone,
}: {
  readonly projectId: string;
  readonly share: Share;
  /** Why it is taken back. */
  readonly reasons: readonly string[];
  readonly currency: string;
  readonly zone: string;
}) => (
  <li class={sign === 1 ? '' : 'replaced'}>
    <h3>
      <JobLink projectId={projectId} jobId={charge.jobId} charge={charge.start} />
      {sign === -1 && <span class="tag warning">taken back</span>}
    </h3>
    <ChargeFormula charge={charge} currency={currency} isTakenBack={sign === -1} />
    {reasons.length > 0 && <p class="hint">Events of it were taken back: {reasons.join(', ')}.</p>}
    <ChargePeriod
      charge={charge}
      currency={currency}
      zone={zone}
      eventName={(evidence, word) => (
        <>
          {word === 'by' ? '' : `${word} `}event{' '}
          <a href={linkTo({ view: 'job', projectId, jobId: charge.jobId, event: eventKey(evidence) })}>
            <code>{evidence.id}</code>
          </a>
        </>
      )}
    />
  </li>
);

const chargesOf = (pages: readonly StatementCharges[]) => pages.flatMap(({ charges }) => charges);

/** Why charges of a job are withdrawn or changed. */
const reasonsOf = ({ charge: { jobId } }: Share, pages: readonly StatementCharges[]): string[] => {
  const ofJob = pages
    .flatMap(({ retractions = [] }) => retractions)
    .filter((retraction) => retraction.jobId === jobId);
  return [...new Set(ofJob.map(({ reason }) => `“${reason}”`))];
};

const LineCharges = ({
  projectId,
  line,
  charges: { items: pages, isTruncated },
  zone,
}: {
  readonly projectId: string;
  readonly line: Line;
  readonly charges: AllPages<StatementCharges>;
  readonly zone: string;
}) => (
  <>
    <ol class="billed-charges">
      {sharesOf(line, chargesOf(pages))
        .sort(compareShares)
        .map((share) => (
          <ShareOfLine
            key={`${share.charge.jobId} ${share.charge.start} ${share.sign}`}
            projectId={projectId}
            share={share}
            reasons={share.sign === -1 ? reasonsOf(share, pages) : []}
            currency={line.currency}
            zone={zone}
          />
        ))}
    </ol>
    {isTruncated && (
      <p class="hint">
        These are the first {count(chargesOf(pages).length)} charges of the statement; the API has all.
      </p>
    )}
  </>
);

const LineName = ({ line }: { readonly line: Line }) => (
  <span>
    {line.flavor}
    <span class="muted">
      {' '}
      {line.kind === 'correction' ? 'correction of ' : ''}
      {monthName(line.usageMonth)}, at {line.pricePerHour}
    </span>
  </span>
);

/** The charges behind each line. They are read when the first line is opened. */
export const StatementEvidence = ({
  statement,
  zone,
}: {
  readonly statement: Statement;
  readonly zone: string;
}) => {
  const { projectId, month } = statement;
  const lines = partsOf(statement.lines, statement.currency).flatMap((part) =>
    part.lines.slice(0, MAX_SHOWN_LINES),
  );
  const [wasOpened, setOpened] = useState(false);
  const path = paths.statementCharges(projectId, month);
  const charges = useAnswer(wasOpened ? path : undefined, (api, signal) =>
    readPages(api, path, (page: StatementCharges) => [page], signal),
  );
  return (
    <Card id="evidence" title="Why exactly these amounts" class="evidence">
      <p class="hint">Each line down to the jobs and the events that began and ended what is billed.</p>
      {lines.map((line) => (
        <details key={lineKey(line)} onToggle={() => setOpened(true)}>
          <summary>
            <LineName line={line} />
            <Money amount={line.amount} currency={line.currency} />
          </summary>
          <LineFormula line={line} />
          {wasOpened && (
            <Shown answer={charges} what="charges">
              {({ value }) => <LineCharges {...{ projectId, line, zone }} charges={value} />}
            </Shown>
          )}
        </details>
      ))}
    </Card>
  );
};
