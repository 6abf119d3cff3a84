import type { Statements } from '../../lib/shapes/statement.ts';
import { monthName } from '../calendar.ts';
import { linkTo } from '../route.ts';
import { Card } from './card.tsx';
import { ChargesExport } from './charges-export.tsx';
import { Money } from './text.tsx';

/** Why a closed month has no statement. */
export const noStatement = (month: string): string =>
  `No statement: when the months were closed, there was nothing to bill for ${monthName(month)}.`;

/** The statements of a project, each with a link, and what they billed as one file. */
export const StatementList = ({
  projectId,
  statements,
  emptyMonth,
}: {
  readonly projectId: string;
  readonly statements: Statements['statements'];
  /** The shown month, if it is closed and has none. */
  readonly emptyMonth: string | undefined;
}) => (
  <Card id="statements" title="Statements">
    {statements.length === 0 ? (
      <p class="empty">
        {emptyMonth === undefined
          ? 'None yet. A statement is issued once its month has ended.'
          : noStatement(emptyMonth)}
      </p>
    ) : (
      <>
        <table>
          <caption class="visually-hidden">Statements with their totals</caption>
          <tbody>
            {statements.map(({ month, total, currency }) => (
              <tr key={month}>
                <th scope="row">
                  <a href={linkTo({ view: 'statement', projectId, month })}>{monthName(month)}</a>
                </th>
                <td class="number">
                  <Money amount={total} currency={currency} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
        <ChargesExport
          projectId={projectId}
          months={statements
            .map(({ month }) => month)
            .sort()
            .reverse()}
        />
      </>
    )}
  </Card>
);
