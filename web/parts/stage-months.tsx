import type { Operations } from '../../lib/shapes/operations.ts';
import { monthName } from '../calendar.ts';
import { count } from '../money.ts';
import { Card } from './card.tsx';
import { NumberCell, NumberHead } from './table-cells.tsx';
import { counted, Time } from './text.tsx';

type OpenMonth = Operations['open']['months'][number];

const progressOf = ({ shards: { done, begun, of }, statements, drafts }: OpenMonth): string =>
  [
    begun === 0 ? 'its close has not begun' : `${count(done)} of ${counted(of, 'shard')} closed`,
    `${counted(statements, 'statement')} issued`,
    ...(drafts > 0 ? [`${counted(drafts, 'draft')} to decide on`] : []),
  ].join(', ');

const OpenRow = ({ open, zone }: { readonly open: OpenMonth; readonly zone: string }) => {
  const { month, closesAt, overdue, shards, failures } = open;
  return (
    <li>
      <h3>
        {monthName(month)}
        {overdue && <span class="tag danger">overdue</span>}
      </h3>
      <p>
        {progressOf(open)}.{' '}
        <span class="muted">
          {overdue ? 'It could have been closed since' : 'It is closed from'}{' '}
          <Time at={closesAt} zone={zone} />
        </span>
      </p>
      <div class="budget-bar" aria-hidden="true">
        <span class="expected" style={{ width: `${(shards.begun / shards.of) * 100}%` }} />
        <span class="spent" style={{ width: `${(shards.done / shards.of) * 100}%` }} />
      </div>
      {failures.length > 0 && (
        <ul class="failures">
          {failures.map(({ projectId, error }) => (
            <li key={projectId}>
              <span class="id strong">{projectId}</span>: {error}
            </li>
          ))}
        </ul>
      )}
    </li>
  );
};

const ClosedMonths = ({ closed, timeZone }: Pick<Operations, 'closed' | 'timeZone'>) => (
  <table class="stacking plain">
    <caption class="visually-hidden">Closed months</caption>
    <thead>
      <tr>
        <th scope="col">Closed month</th>
        <th scope="col">Closed</th>
        <NumberHead>Statements</NumberHead>
      </tr>
    </thead>
    <tbody>
      {closed.map(({ month, closedAt, statements }) => (
        <tr key={month}>
          <th scope="row">{monthName(month)}</th>
          <td data-label="Closed">
            <Time at={closedAt} zone={timeZone} />
          </td>
          <NumberCell label="Statements">{statements === undefined ? '–' : count(statements)}</NumberCell>
        </tr>
      ))}
    </tbody>
  </table>
);

/** The months that have ended: those not closed with their progress, and the latest closed ones. */
export const StageMonths = ({ operations }: { readonly operations: Operations }) => {
  const { open, closed, timeZone } = operations;
  return (
    <Card id="stage-months" title="Months">
      {open.count === 0 ? (
        <p class="empty">No month that has ended is open.</p>
      ) : (
        <ul class="open-months">
          {open.months.map((one) => (
            <OpenRow key={one.month} open={one} zone={timeZone} />
          ))}
        </ul>
      )}
      {open.count > open.months.length && (
        <p class="hint">
          These are the first {count(open.months.length)} of {count(open.count)}.
        </p>
      )}
      {closed.length > 0 && <ClosedMonths {...{ closed, timeZone }} />}
    </Card>
  );
};
