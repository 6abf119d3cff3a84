import assert from 'node:assert/strict';
import type { BilledCharge } from '../billing/billed-charge.ts';
import { type FinalCharge, type Held, isUnrated } from '../billing/charges.ts';
import { compareText } from '../billing/compare-text.ts';
import type { Evidence, Labels } from '../billing/facts.ts';
import type { Line } from '../billing/lines.ts';
import {
  amountTimes60,
  formatMinor,
  fromMilli,
  parseTimes60,
  roundHalfUp,
  toMilli,
} from '../billing/money.ts';
import type { Statement, StatementSummary, UnbilledCharges } from '../billing/statement.ts';
import type * as charge from '../shapes/charge.ts';
import type * as line from '../shapes/line.ts';
import type * as statement from '../shapes/statement.ts';
import type { BilledChargeRecord } from '../store/billed-charges.ts';
import type { DraftDecision, StatementDraft } from '../store/statement-drafts.ts';
import { isoTime } from './iso-time.ts';

// Translations into the public shapes: times as ISO 8601 strings, money as decimal strings.

export { isoTime };

const evidenceView = ({ source, id, time }: Evidence): charge.BilledCharge['openedBy'] => ({
  id,
  source,
  time: isoTime(time),
});

export const heldView = ({ from, cause }: Held): charge.Held => ({ cause, from: isoTime(from) });

const labelsView = (labels: Labels): Labels =>
  Object.fromEntries(Object.entries(labels).sort(([a], [b]) => compareText(a, b)));

// The members of a billed charge are in the order of their names, at every level, so that its JSON
// is in canonical form (RFC 8785), as a close writes it (statements/digest.ts).

const endView = (endedBy: BilledCharge['endedBy']): charge.Charge['endedBy'] =>
  endedBy.cause === 'fact'
    ? { cause: endedBy.cause, fact: evidenceView(endedBy.fact) }
    : { cause: endedBy.cause };

/** A billed charge has an end. */
const finalEndView = (endedBy: BilledCharge['endedBy']): charge.BilledCharge['endedBy'] => {
  const view = endView(endedBy);
  assert(view.cause !== 'now', 'an open charge is not billed');
  return view;
};

const upToReplaces = <End>({ amount, end, flavor, held, labels, ...billed }: BilledCharge, endedBy: End) => ({
  amountTimes60: amountTimes60(amount),
  end: isoTime(end),
  endedBy,
  ...(flavor !== undefined && { flavor }),
  ...(held && { held: heldView(held) }),
  jobId: billed.jobId,
  ...(labels && { labels: labelsView(labels) }),
  minutes: billed.minutes,
  openedBy: evidenceView(billed.openedBy),
  ...(billed.pricePerHour !== undefined && { pricePerHour: billed.pricePerHour }),
});

const afterReplaces = ({ start, statedBy, tariff, unit, milliUnits, minutes, usageMonth }: BilledCharge) => ({
  start: isoTime(start),
  ...(statedBy && { statedBy: evidenceView(statedBy) }),
  ...(tariff !== undefined && { tariff }),
  ...(unit !== undefined && { unit }),
  ...(milliUnits !== undefined && {
    unitMinutes: fromMilli(minutes * milliUnits),
    units: fromMilli(milliUnits),
  }),
  usageMonth,
});

/** A billed charge: `amountTimes60 = minutes x units x pricePerHour` can be recomputed from it. */
export const billedChargeView = (billed: BilledCharge): charge.BilledCharge => ({
  ...upToReplaces(billed, finalEndView(billed.endedBy)),
  ...afterReplaces(billed),
});

const fromEvidenceView = ({ source, id, time }: charge.BilledCharge['openedBy']): Evidence => ({
  source,
  id,
  time: Date.parse(time),
});

/** The reverse of {@link billedChargeView}. */
export const fromBilledChargeView = (view: charge.BilledCharge): BilledCharge => {
  const { jobId, usageMonth, start, end, flavor, unit, units, minutes, tariff, pricePerHour } = view;
  const { openedBy, statedBy, endedBy, held, labels } = view;
  return {
    ...{ jobId, usageMonth, start: Date.parse(start), end: Date.parse(end) },
    ...(flavor !== undefined && { flavor }),
    ...(unit !== undefined && { unit }),
    ...(units !== undefined && { milliUnits: toMilli(units) }),
    ...(statedBy && { statedBy: fromEvidenceView(statedBy) }),
    ...(tariff !== undefined && { tariff }),
    ...(pricePerHour !== undefined && { pricePerHour }),
    ...{ minutes, amount: parseTimes60(view.amountTimes60) },
    openedBy: fromEvidenceView(openedBy),
    endedBy: endedBy.cause === 'fact' ? { ...endedBy, fact: fromEvidenceView(endedBy.fact) } : endedBy,
    ...(held && { held: { from: Date.parse(held.from), cause: held.cause } }),
    ...(labels && { labels }),
  };
};

/** A billed charge and the content it replaces; one that is no longer billed has no minutes. */
export const billedRecordView = ({
  jobId,
  usageMonth,
  start,
  billed,
  replaces,
}: BilledChargeRecord): charge.BilledChargeRecord => {
  const replaced = replaces && { replaces: billedChargeView(replaces) };
  return billed
    ? { ...upToReplaces(billed, finalEndView(billed.endedBy)), ...replaced, ...afterReplaces(billed) }
    : { amountTimes60: '0', jobId, minutes: 0, ...replaced, start: isoTime(start), usageMonth };
};

/** A charge of a job that may still run. */
export const chargeView = (
  { kind: _, projectId, ...billed }: FinalCharge,
  running: boolean,
): charge.Charge => ({
  projectId,
  state: running ? 'running' : 'final',
  ...upToReplaces(billed, endView(billed.endedBy)),
  ...afterReplaces(billed),
});

/** A page of an operation: `next` is the position after it, which lib/http encodes as a cursor. */
export type PageOf<Shape, Position = string> = Omit<Shape, 'next'> & { readonly next?: Position | undefined };

/** The exact cost of charges, rounded once. */
export const costOf = (charges: readonly Pick<FinalCharge, 'amount'>[], currency: string): string =>
  formatMinor(
    roundHalfUp(
      charges.reduce((sum, charge) => sum + charge.amount, 0n),
      currency,
    ),
    currency,
  );

export const minutesOf = (charges: readonly FinalCharge[]): number =>
  charges.reduce((sum, charge) => sum + charge.minutes, 0);

export const unratedMinutesOf = (charges: readonly FinalCharge[]): number =>
  minutesOf(charges.filter(isUnrated));

export const summaryView = ({
  month,
  statementId,
  currency,
  total,
  issuedAt,
}: StatementSummary): statement.StatementSummary => ({
  month,
  statementId,
  currency,
  total,
  issuedAt: isoTime(issuedAt),
});

/** Member by member: the bytes of a statement must not depend on the order of attributes. */
const lineView = (of: Line, currency: string): line.Line => ({
  flavor: of.flavor,
  unit: of.unit,
  usageMonth: of.usageMonth,
  kind: of.kind,
  minutes: of.minutes,
  unitMinutes: fromMilli(of.milliUnitMinutes),
  pricePerHour: of.pricePerHour,
  amount: of.amount,
  currency,
  cumulativeUnitMinutes: fromMilli(of.cumulativeMilliUnitMinutes),
});

/** The reverse of {@link linesView}, without the currency. */
export const fromLineView = ({
  unitMinutes,
  cumulativeUnitMinutes,
  currency: _,
  ...of
}: line.Line): Line => ({
  ...of,
  milliUnitMinutes: toMilli(unitMinutes),
  cumulativeMilliUnitMinutes: toMilli(cumulativeUnitMinutes),
});

export const linesView = (lines: readonly Line[], currency: string): line.Line[] =>
  lines.map((of) => lineView(of, currency));

export const unbilledView = ({ count, charges }: UnbilledCharges): charge.UnbilledCharges => ({
  count,
  charges: charges.map(({ jobId, usageMonth, start, minutes, flavor, held }) => ({
    jobId,
    usageMonth,
    start: isoTime(start),
    minutes,
    ...(flavor !== undefined && { flavor }),
    ...(held && { held: heldView(held) }),
  })),
});

export const includedView = (included: readonly string[], currency: string): statement.IncludedItem[] =>
  included.map((item) => ({ item, amount: formatMinor(0n, currency), currency }));

/** What a statement says before it is issued. */
export const dueView = ({
  projectId,
  timeZone,
  month,
  currency,
  total,
  digest,
  lines,
  included,
  unrated,
  held,
}: Omit<Statement, 'statementId' | 'issuedAt' | 'approvedBy' | 'usageMonths'>) => ({
  ...{ projectId, timeZone, month, currency, total, digest },
  lines: linesView(lines, currency),
  included: includedView(included, currency),
  unrated: unbilledView(unrated),
  held: unbilledView(held),
});

export const statementView = (issued: Statement): statement.Statement => {
  const { projectId, timeZone, digest, lines, included, unrated, held } = dueView(issued);
  const { approvedBy } = issued;
  return {
    ...{ projectId, timeZone },
    ...summaryView(issued),
    ...(approvedBy && {
      approvedBy: { kind: approvedBy.kind, id: approvedBy.id, at: isoTime(approvedBy.at) },
    }),
    ...{ digest, lines, included, unrated, held },
  };
};

export const decisionView = ({ by: { kind, id }, at, reason }: DraftDecision): statement.DraftDecision => ({
  by: { kind, id },
  at: isoTime(at),
  ...(reason !== undefined && { reason }),
});

export const draftView = (draft: StatementDraft): statement.StatementDraft => {
  const { state, digest, currency, total, preparedAt, decision, before } = draft;
  return {
    ...{ state, digest, currency, total, preparedAt: isoTime(preparedAt) },
    ...(decision && { decision: decisionView(decision) }),
    ...(before && {
      before: { digest: before.digest, total: before.total, decision: decisionView(before.decision) },
    }),
  };
};
