import type {
  DifferingLine,
  StatementPreview as Preview,
  StatementDraft,
} from '../../lib/shapes/statement.ts';
import { paths } from '../api.ts';
import { monthName } from '../calendar.ts';
import { lineKey } from '../statement-lines.ts';
import { SETTLED_MS } from '../use-answer.ts';
import { useStatement } from '../use-statement.ts';
import { Card } from './card.tsx';
import { Shown } from './feedback.tsx';
import { StatementTable } from './statement-table.tsx';
import { NumberCell, NumberHead } from './table-cells.tsx';
import { Money, Signed, Time } from './text.tsx';

const STATES: Readonly<Record<StatementDraft['state'], string>> = {
  waits: 'Its draft waits for a person to approve it',
  approved: 'Its draft is approved, and issued by the next close',
  'held back': 'Its draft is held back',
  issued: 'Its draft is issued',
  withdrawn: 'Its draft was withdrawn: there is nothing to bill',
};

const Draft = ({
  draft: { state, total, currency, preparedAt, decision },
  zone,
}: {
  readonly draft: StatementDraft;
  readonly zone: string;
}) => (
  <p>
    {STATES[state]}
    {decision && (
      <>
        {' '}
        ({decision.by.id}, <Time at={decision.at} zone={zone} />
        {decision.reason !== undefined && `: ${decision.reason}`})
      </>
    )}
    . It is of <Time at={preparedAt} zone={zone} /> and bills <Money amount={total} currency={currency} />.
  </p>
);

const DifferenceRow = ({ line, currency }: { readonly line: DifferingLine; readonly currency: string }) => (
  <tr>
    <th scope="row">
      {line.flavor} <span class="muted">{monthName(line.usageMonth)}</span>
    </th>
    <td data-label="What">{line.change}</td>
    {(['before', 'now'] as const).map((when) => (
      <NumberCell key={when} label={when === 'before' ? 'In the draft' : 'Now'}>
        {line[when] === undefined ? (
          <span class="muted">–</span>
        ) : (
          <Money amount={line[when]} currency={currency} />
        )}
      </NumberCell>
    ))}
  </tr>
);

const Differences = ({
  differences: { total, currency, lines, moreLines = 0 },
}: {
  readonly differences: NonNullable<Preview['differences']>;
}) => (
  <section>
    <h3>
      Differs from the draft by <Signed amount={total} currency={currency} />
    </h3>
    {lines.length === 0 ? (
      <p class="hint">The lines are the same: only charges behind them differ.</p>
    ) : (
      <table class="stacking">
        <caption class="visually-hidden">Differences to the draft</caption>
        <thead>
          <tr>
            <th scope="col">Line</th>
            <th scope="col">What</th>
            <NumberHead>In the draft</NumberHead>
            <NumberHead>Now</NumberHead>
          </tr>
        </thead>
        <tbody>
          {lines.map((line) => (
            <DifferenceRow key={lineKey(line)} line={line} currency={currency} />
          ))}
        </tbody>
      </table>
    )}
    {moreLines > 0 && <p class="hint">{moreLines} more lines differ.</p>}
  </section>
);

/** What a close would issue now for a month that is not closed. Nothing where the API has none. */
export const StatementPreview = ({
  projectId,
  month,
  zone,
}: {
  readonly projectId: string;
  readonly month: string;
  readonly zone: string;
}) => {
  const answer = useStatement<Preview>(paths.preview(projectId, month), () => SETTLED_MS);
  if (answer.state === 'loading') return null;
  // Of a month whose turn it is not, or of an unknown project.
  if (answer.state === 'failed' && ['refused', 'not-found'].includes(answer.problem.kind)) return null;
  return (
    <Card
      id="preview"
      title={
        <>
          Statement of {monthName(month)} <span class="tag warning">PREVIEW</span>
        </>
      }
    >
      <Shown answer={answer} what="preview">
        {({ value: { draft, differences, ...preview } }) => (
          <>
            <p class="hint">What a close would issue now. It is not issued, and late facts change it.</p>
            {draft && <Draft draft={draft} zone={zone} />}
            {differences && <Differences differences={differences} />}
            <StatementTable statement={preview} />
          </>
        )}
      </Shown>
    </Card>
  );
};
