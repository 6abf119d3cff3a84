import type { Statements } from '../../lib/shapes/statement.ts';
import { monthName } from '../calendar.ts';
import { linkTo } from '../route.ts';
import { Card } from './card.tsx';
import { ChargesExport } from './charges-export.tsx';
import { Money } from './text.tsx';

/** The statements of a project, each a link, and what they billed as one file. */
export const StatementList = ({
  projectId,
  statements,
}: {
  readonly projectId: string;
  readonly statements: Statements['statements'];
}) => (
  <Card id="statements" title="Statements">
    {statements.length === 0 ? (
      <p class="empty">None yet. A statement is issued once its month has ended.</p>
    ) : (
      <>
        <ul class="list">
          {statements.map(({ month, total, currency }) => (
            <li key={month}>
              <a class="row-link" href={linkTo({ view: 'statement', projectId, month })}>
                <span>{monthName(month)}</span>
                <Money amount={total} currency={currency} />
              </a>
            </li>
          ))}
        </ul>
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
