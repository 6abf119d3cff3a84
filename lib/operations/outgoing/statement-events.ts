import type { Statement } from '../../billing/statement.ts';
import type { OutgoingData } from '../../shapes/outgoing-event.ts';
import type { OutgoingEvent } from '../../store/outgoing-events.ts';
import type { StatementIndex } from '../../store/statements.ts';
import { isoTime } from '../public-shapes.ts';

/** Committed with the statement, on top of the index that was read. */
export const statementIssued = (statement: Statement, { version }: StatementIndex): OutgoingEvent => {
  const { projectId, month, statementId, currency, total, digest, issuedAt } = statement;
  const data: OutgoingData['statement.issued'] = { projectId, month, statementId, currency, total, digest };
  return {
    id: `statement.issued/${statementId}`,
    type: 'statement.issued',
    topic: { kind: 'statements', projectId },
    sequence: version + 1,
    time: issuedAt,
    projectId,
    subject: month,
    data,
  };
};

/** Written with the close of the month. Months are closed in their order. */
export const monthClosed = (month: string, closedAt: number): OutgoingEvent => {
  const [year, number] = month.split('-').map(Number);
  const data: OutgoingData['month.closed'] = { month, closedAt: isoTime(closedAt) };
  return {
    id: `month.closed/${month}`,
    type: 'month.closed',
    topic: { kind: 'months' },
    sequence: (year ?? 0) * 12 + (number ?? 0),
    time: closedAt,
    subject: month,
    data,
  };
};
