import assert from 'node:assert/strict';
import type { Held } from './charges.ts';
import type { Line, LineSums } from './lines.ts';

/** Charges a statement shows without billing them: all counted, the first hundred listed. */
export interface UnbilledCharges {
  readonly count: number;
  readonly charges: readonly {
    readonly jobId: string;
    readonly usageMonth: string;
    readonly start: number;
    readonly minutes: number;
    readonly flavor?: string;
    readonly held?: Held;
  }[];
}

export interface StatementSummary {
  readonly month: string;
  readonly statementId: string;
  readonly currency: string;
  readonly total: string;
  /** Epoch milliseconds. */
  readonly issuedAt: number;
  /** Usage months that it billed charges of; absent where that is its own month alone. */
  readonly usageMonths?: readonly string[];
  /** How many charges it billed of each of these months: one that is lost is missed by a close. */
  readonly billedCounts: readonly number[];
}

/** Who approved a statement before it was issued. */
export interface Approval {
  /** The subject of a token; an IAM identity; the user of the machine of a local stack. */
  readonly kind: 'token' | 'iam' | 'local';
  readonly id: string;
  readonly at: number;
}

/** The frozen month-end result of one project. */
export interface Statement extends StatementSummary {
  readonly projectId: string;
  readonly timeZone: string;
  readonly lines: readonly Line[];
  readonly included: readonly string[];
  readonly unrated: UnbilledCharges;
  readonly held: UnbilledCharges;
  /** Usage months that have billed charges of this statement, oldest first. */
  readonly usageMonths: readonly string[];
  /** Over the billed charges of this statement: a change of any shows. */
  readonly digest: string;
  /** Absent where statements are issued at once. */
  readonly approvedBy?: Approval;
}

/** What the index of statements says of a statement. */
export const summaryOf = ({
  month,
  statementId,
  currency,
  total,
  issuedAt,
  usageMonths,
  billedCounts,
}: Statement): StatementSummary => {
  const isOfItsMonth = usageMonths.length === 1 && usageMonths[0] === month;
  const content = { month, statementId, currency, total, issuedAt, billedCounts };
  return { ...content, ...(!isOfItsMonth && { usageMonths }) };
};

/** How many charges a statement billed of a usage month. It bills no later month than its own. */
export const billedCount = (
  { month, usageMonths = [month], billedCounts }: StatementSummary,
  usageMonth: string,
): number => {
  assert(
    billedCounts,
    `a version before the first release issued the statement of ${month}, and did not count what it billed: ` +
      'this table cannot be billed; record its events in a new one',
  );
  return usageMonth <= month ? (billedCounts[usageMonths.indexOf(usageMonth)] ?? 0) : 0;
};

export const hasBilled = (summary: StatementSummary, usageMonth: string): boolean =>
  billedCount(summary, usageMonth) > 0;

/** The sums of a statement before its lines are made; kept in a checkpoint. */
export interface StatementSums extends Pick<Statement, 'unrated' | 'held' | 'usageMonths' | 'billedCounts'> {
  readonly lines: readonly LineSums[];
}

/** Included in the service, shown at zero. Remote object storage is priced elsewhere. */
export const INCLUDED = [
  'AI Training managed service',
  'Ephemeral local storage',
  'Ingress and egress network traffic',
] as const;
