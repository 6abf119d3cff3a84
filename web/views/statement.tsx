import { useState } from 'preact/hooks';
import type { BilledChargeRecord } from '../../lib/shapes/charge.ts';
import type { Line } from '../../lib/shapes/line.ts';
import type { Statement, StatementCharges } from '../../lib/shapes/statement.ts';
import { type Api, Problem, paths } from '../api.ts';
import { monthName } from '../calendar.ts';
import { eventKey } from '../lifecycle.ts';
import { exactSixtieth, grouped } from '../money.ts';
import { Because, Formula } from '../parts/charge-explained.tsx';
import { Notice, Shown } from '../parts/feedback.tsx';
import { NumberHead } from '../parts/number-head.tsx';
import { count, counted, Money, Time, unitName } from '../parts/text.tsx';
import { linkTo, type Route } from '../route.ts';
import { compareShares, lineKey, partsOf, sharesOf, workedOut } from '../statement-lines.ts';
import { readPages, useAnswer, useApi, useRead } from '../use-answer.ts';
import { useZone } from '../zone.ts';

type StatementRoute = Extract<Route, { view: 'statement' }>;

const FILES = { csv: 'text/csv', json: 'application/json' } as const;

const save = (content: Blob, name: string) => {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
};

const download = async (api: Api, { projectId, month }: StatementRoute, format: keyof typeof FILES) => {
  const path = paths.statement(projectId, month, format === 'csv' ? 'csv' : undefined);
  save(
    await api.download(path, FILES[format], new AbortController().signal),
    `statement-${projectId}-${month}.${format}`,
  );
};

const Actions = ({ route }: { readonly route: StatementRoute }) => {
  const api = useApi();
  const [problem, setProblem] = useState<string>();
  const get = (format: keyof typeof FILES) => async () => {
    setProblem(undefined);
    try {
      await download(api, route, format);
    } catch (error) {
      setProblem(error instanceof Problem ? error.message : String(error));
    }
  };
  return (
    <div class="actions">
      <button type="button" onClick={() => print()}>
        Print
      </button>
      <button type="button" onClick={get('csv')}>
        Download CSV
      </button>
      <button type="button" onClick={get('json')}>
        Download JSON
      </button>
      {problem !== undefined && (
        <p class="callout danger" role="alert">
          Could not be downloaded: {problem}
        </p>
      )}
    </div>
  );
};

const HEADINGS = { usage: 'Usage', correction: 'Corrections of earlier months' } as const;

const LineRow = ({ line }: { readonly line: Line }) => (
  <tr>
    <th scope="row">{line.flavor}</th>
    <td data-label="Usage month">{monthName(line.usageMonth)}</td>
    <td class="number" data-label="Minutes">
      {count(line.minutes)}
    </td>
    <td class="number" data-label="× units">
      {count(line.unitMinutes)} <span class="muted">{unitName(line.unit)} min</span>
    </td>
    <td class="number" data-label="Price per hour">
      {line.pricePerHour} <span class="muted">per {unitName(line.unit)}</span>
    </td>
    <td class="number strong" data-label="Amount">
      <Money amount={line.amount} currency={line.currency} />
    </td>
  </tr>
);

const LinesTable = ({ statement }: { readonly statement: Statement }) => {
  const { lines, included, total, currency } = statement;
  return (
    <table class="stacking lines">
      <caption class="visually-hidden">Lines of the statement</caption>
      <thead>
        <tr>
          <th scope="col">Flavor</th>
          <th scope="col">Usage month</th>
          <NumberHead>Minutes</NumberHead>
          <NumberHead>× units</NumberHead>
          <NumberHead>Price per hour</NumberHead>
          <NumberHead>Amount</NumberHead>
        </tr>
      </thead>
      {partsOf(lines, currency)
        .filter((part) => part.lines.length > 0)
        .map(({ kind, lines: ofKind, sum }) => (
          <tbody key={kind}>
            <tr class="group">
              <th scope="rowgroup" colSpan={5}>
                {HEADINGS[kind]}
              </th>
              <td class="number muted">{grouped(sum)}</td>
            </tr>
            {ofKind.map((line) => (
              <LineRow key={lineKey(line)} line={line} />
            ))}
          </tbody>
        ))}
      <tbody>
        <tr class="group">
          <th scope="rowgroup" colSpan={6}>
            Included
          </th>
        </tr>
        {included.map(({ item, amount }) => (
          <tr key={item} class="included">
            <th scope="row" colSpan={5}>
              {item}
            </th>
            <td class="number">
              <Money amount={amount} currency={currency} />
            </td>
          </tr>
        ))}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row" colSpan={5}>
            Total
          </th>
          <td class="number" data-testid="statement-total">
            <Money amount={total} currency={currency} />
          </td>
        </tr>
      </tfoot>
    </table>
  );
};

const NotBilled = ({ statement: { held, unrated } }: { readonly statement: Statement }) => (
  <>
    {held.count > 0 && (
      <p class="callout warning">
        <strong>Held: {counted(held.count, 'charge')}.</strong> Time beyond the tariff’s limit is not part of
        this statement; a later one has it if a stop or a tariff settles it.
      </p>
    )}
    {unrated.count > 0 && (
      <p class="callout warning">
        <strong>Without a price: {counted(unrated.count, 'charge')}.</strong> They are not part of this
        statement; a later one has them once there is a price.
      </p>
    )}
  </>
);

const WorkedOut = ({ line }: { readonly line: Line }) => {
  const { times60, rounded, earlier } = workedOut(line);
  const exact = exactSixtieth(times60, line.currency);
  return (
    <p class="formula">
      {count(line.cumulativeUnitMinutes)} {unitName(line.unit)} min × {line.pricePerHour} {line.currency}/h ÷
      60 = {exact !== rounded && `${grouped(exact)}, rounded `}
      {line.kind === 'correction' &&
        `${grouped(rounded)}, less ${grouped(earlier)} asked by earlier statements = `}
      <strong>
        <Money amount={line.amount} currency={line.currency} />
      </strong>
    </p>
  );
};

const Behind = ({
  line,
  charges,
  zone,
}: {
  readonly line: Line;
  readonly charges: readonly BilledChargeRecord[];
  readonly zone: string;
}) => {
  const shares = sharesOf(line, charges).sort(compareShares);
  return (
    <ol class="billed-charges">
      {shares.map(({ charge, sign }) => (
        <li key={`${charge.jobId} ${charge.start} ${sign}`} class={sign === 1 ? '' : 'replaced'}>
          <h3>
            <a class="id" href={linkTo({ view: 'job', jobId: charge.jobId, charge: charge.start })}>
              {charge.jobId}
            </a>
            {sign === -1 && <span class="tag warning">taken back</span>}
          </h3>
          <Formula charge={charge} currency={line.currency} />
          <Because
            charge={charge}
            currency={line.currency}
            zone={zone}
            eventName={(evidence, word) => (
              <>
                {word === 'by' ? '' : `${word} `}event{' '}
                <a href={linkTo({ view: 'job', jobId: charge.jobId, event: eventKey(evidence) })}>
                  <code>{evidence.id}</code>
                </a>
              </>
            )}
          />
        </li>
      ))}
    </ol>
  );
};

/** The positions of each line, read when somebody first opens one. */
const Evidence = ({ statement, zone }: { readonly statement: Statement; readonly zone: string }) => {
  const { projectId, month } = statement;
  const lines = partsOf(statement.lines, statement.currency).flatMap((part) => part.lines);
  const [isAsked, setAsked] = useState(false);
  const path = paths.statementCharges(projectId, month);
  const charges = useAnswer(isAsked ? path : undefined, (api, signal) =>
    readPages(api, path, ({ charges: page }: StatementCharges) => page, signal),
  );
  return (
    <section class="card evidence" aria-labelledby="evidence">
      <h2 id="evidence">Why exactly these amounts</h2>
      <p class="hint">Each line down to the jobs and the events that began and ended what is billed.</p>
      {lines.map((line) => (
        <details key={lineKey(line)} onToggle={() => setAsked(true)}>
          <summary>
            <span>
              {line.flavor}
              <span class="muted">
                {' '}
                {line.kind === 'correction' ? 'correction of ' : ''}
                {monthName(line.usageMonth)}, at {line.pricePerHour}
              </span>
            </span>
            <Money amount={line.amount} currency={line.currency} />
          </summary>
          <WorkedOut line={line} />
          {isAsked && (
            <Shown answer={charges} what="charges">
              {({ value: { items, isCut } }) => (
                <>
                  <Behind line={line} charges={items} zone={zone} />
                  {isCut && (
                    <p class="hint">
                      These are the first {count(items.length)} charges of the statement; the API has all.
                    </p>
                  )}
                </>
              )}
            </Shown>
          )}
        </details>
      ))}
    </section>
  );
};

const Paper = ({ statement, zone }: { readonly statement: Statement; readonly zone: string }) => (
  <section class="card paper" aria-label="Statement">
    <dl class="facts">
      <div>
        <dt>Project</dt>
        <dd class="id">{statement.projectId}</dd>
      </div>
      <div>
        <dt>Month</dt>
        <dd>
          {monthName(statement.month)} <span class="muted">({zone})</span>
        </dd>
      </div>
      <div>
        <dt>Issued</dt>
        <dd>
          <Time at={statement.issuedAt} zone={zone} />
        </dd>
      </div>
      <div>
        <dt>Total</dt>
        <dd class="figure">
          <Money amount={statement.total} currency={statement.currency} />
        </dd>
      </div>
    </dl>
    <LinesTable statement={statement} />
    <NotBilled statement={statement} />
    <dl class="proof">
      <div>
        <dt>Statement</dt>
        <dd>
          <code>{statement.statementId}</code>
        </dd>
      </div>
      <div>
        <dt>Digest of its charges</dt>
        <dd>
          <code>{statement.digest}</code>
        </dd>
      </div>
    </dl>
  </section>
);

/** The API says why there is none of a project that the token includes. */
const whyMissing = (detail: string): string =>
  /nothing to bill/.test(detail)
    ? 'The month is closed, and there was nothing to bill.'
    : 'The month is not closed yet. Its statement is issued after it has ended.';

/** A frozen statement: to read, to print, to load elsewhere, and to check. */
export const StatementView = ({ route }: { readonly route: StatementRoute }) => {
  const { projectId, month } = route;
  const statement = useRead<Statement>(paths.statement(projectId, month));
  const zone = useZone(statement.state === 'ready' ? statement.value.timeZone : undefined);
  const isMissing = statement.state === 'failed' && /there is no statement/.test(statement.problem.message);
  return (
    <>
      <div class="title">
        <div>
          <p class="kicker">
            Statement of project <a href={linkTo({ view: 'project', projectId, month })}>{projectId}</a>
          </p>
          <h1 tabIndex={-1}>{monthName(month)}</h1>
        </div>
        {statement.state === 'ready' && <Actions route={route} />}
      </div>
      {isMissing ? (
        <Notice title={`No statement of ${monthName(month)}`}>
          <p>{whyMissing(statement.problem.message)}</p>
          <p>
            <a href={linkTo({ view: 'project', projectId, month })}>Usage of {monthName(month)}</a>
          </p>
        </Notice>
      ) : (
        <Shown answer={statement} what={`statement of ${monthName(month)}`}>
          {({ value }) => (
            <>
              <Paper statement={value} zone={zone ?? value.timeZone} />
              <Evidence statement={value} zone={zone ?? value.timeZone} />
            </>
          )}
        </Shown>
      )}
    </>
  );
};
