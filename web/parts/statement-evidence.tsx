import { useState } from 'preact/hooks';
import type { BilledChargeRecord } from '../../lib/shapes/charge.ts';
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
import { TakenBackReason } from './taken-back-reason.tsx';
import { Money } from './text.tsx';

/** Reasons are read one by one. */
const MAX_REASONS = 20;

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
  month,
  share: { charge, sign },
  hasReason,
  currency,
  zone,
}: {
  readonly projectId: string;
  /** Of the statement. */
  readonly month: string;
  readonly share: Share;
  /** Whether the reason of what is taken back is read. */
  readonly hasReason: boolean;
  readonly currency: string;
  readonly zone: string;
}) => (
  <li class={sign === 1 ? '' : 'replaced'}>
    <h3>
      <JobLink projectId={projectId} jobId={charge.jobId} charge={charge.start} />
      {sign === -1 && <span class="tag warning">taken back</span>}
    </h3>
    <ChargeFormula charge={charge} currency={currency} />
    {hasReason && sign === -1 && <TakenBackReason {...{ projectId, month }} jobId={charge.jobId} />}
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

const LineCharges = ({
  projectId,
  month,
  line,
  charges: { items, isTruncated },
  zone,
}: {
  readonly projectId: string;
  readonly month: string;
  readonly line: Line;
  readonly charges: AllPages<BilledChargeRecord>;
  readonly zone: string;
}) => (
  <>
    <ol class="billed-charges">
      {sharesOf(line, items)
        .sort(compareShares)
        .map((share, index) => (
          <ShareOfLine
            key={`${share.charge.jobId} ${share.charge.start} ${share.sign}`}
            projectId={projectId}
            month={month}
            share={share}
            hasReason={index < MAX_REASONS}
            currency={line.currency}
            zone={zone}
          />
        ))}
    </ol>
    {isTruncated && (
      <p class="hint">These are the first {count(items.length)} charges of the statement; the API has all.</p>
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
  const lines = partsOf(statement.lines, statement.currency).flatMap((part) => part.lines);
  const [wasOpened, setOpened] = useState(false);
  const path = paths.statementCharges(projectId, month);
  const charges = useAnswer(wasOpened ? path : undefined, (api, signal) =>
    readPages(api, path, ({ charges: page }: StatementCharges) => page, signal),
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
              {({ value }) => <LineCharges {...{ projectId, month, line, zone }} charges={value} />}
            </Shown>
          )}
        </details>
      ))}
    </Card>
  );
};
