import { checkBilledCharge, differs } from '../../billing/check-billed-charge.ts';
import { compareText } from '../../billing/compare-text.ts';
import { type Line, totalOf } from '../../billing/lines.ts';
import { exactAmount, formatMinor, fromMilli, roundHalfUp } from '../../billing/money.ts';
import { type Calendar, createCalendar } from '../../billing/months.ts';
import { INCLUDED } from '../../billing/statement.ts';
import { canonicalJson } from '../../canonical-json.ts';
import type * as shapes from '../../shapes/charge.ts';
import type { Statement } from '../../shapes/statement.ts';
import type { BilledChargeRecord } from '../../store/billed-charges.ts';
import { createCappedList } from '../capped-list.ts';
import {
  billedChargeView,
  fromBilledChargeView,
  fromLineView,
  includedView,
  unbilledView,
} from '../public-shapes.ts';
import { createDigest } from '../statements/digest.ts';
import { createStatementFold, type StatementContent } from '../statements/statement-totals.ts';
import { differences } from './differences.ts';
import type { Presented } from './statement-files.ts';

/** A problem and its subject. */
export interface Problem {
  readonly where: string;
  readonly problem: string;
}

/** A statement with its charges and their sums. */
interface Subject extends Presented {
  /** The charges in the order of the statement, whatever that of the files. */
  readonly inOrder: Presented['charges'];
  readonly content: StatementContent;
  readonly calendar: Calendar;
}

const toRecord = ({ statementId }: Statement, charge: shapes.BilledChargeRecord): BilledChargeRecord => ({
  statementId,
  jobId: charge.jobId,
  usageMonth: charge.usageMonth,
  start: Date.parse(charge.start),
  ...('end' in charge && { billed: fromBilledChargeView(charge) }),
  ...(charge.replaces && { replaces: fromBilledChargeView(charge.replaces) }),
});

const nameOf = ({ jobId, start }: Pick<shapes.BilledChargeRecord, 'jobId' | 'start'>) =>
  `${jobId} from ${start}`;

const at = (where: string, problems: readonly string[]): Problem[] =>
  problems.map((problem) => ({ where, problem }));

/** Every page names the statement of its charges. */
const checkPages = ({ statement, pages }: Subject): Problem[] => {
  const { projectId, month, statementId, timeZone, currency } = statement;
  const expected = { projectId, month, statementId, timeZone, currency };
  const found = pages.flatMap(({ name, next: _, retractions: __, ...page }) =>
    at(name, differences(expected, page)),
  );
  const last = pages.at(-1);
  return last?.next === undefined
    ? found
    : [
        ...found,
        { where: last.name, problem: 'has a next page: give all pages, in the order they were read' },
      ];
};

const checkOnce = ({ charges, statement }: Subject): Problem[] => {
  const seen = new Set<string>();
  return charges.flatMap((charge) => {
    const { jobId, start, usageMonth, replaces } = charge;
    const name = nameOf(charge);
    const isRepeated = seen.has(name);
    seen.add(name);
    const own = { jobId, start, usageMonth };
    const replaced = replaces && {
      jobId: replaces.jobId,
      start: replaces.start,
      usageMonth: replaces.usageMonth,
    };
    return at(name, [
      ...(isRepeated ? ['appears more than once'] : []),
      ...(usageMonth > statement.month ? [`usageMonth: ${usageMonth} is after ${statement.month}`] : []),
      ...(replaced ? differences(own, replaced, 'replaces') : []),
    ]);
  });
};

/** The digest over the charges as given, whatever the order of their members. */
const digestOf = (charges: readonly shapes.BilledChargeRecord[]): string => {
  const digest = createDigest();
  for (const charge of charges) digest.add([canonicalJson(charge)]);
  return digest.result();
};

const keyOf = ({ usageMonth, jobId, start }: shapes.BilledChargeRecord) => `${usageMonth} ${jobId}#${start}`;

const checkDigest = ({ statement: { digest }, charges, inOrder }: Subject): Problem[] => {
  const found = digestOf(charges);
  if (found === digest) return [];
  const isDisordered = digestOf(inOrder) === digest;
  return at('statement', [
    isDisordered
      ? 'digest: the charges are those of the statement in another order; give the pages in the order they were read'
      : differs('digest', digest, found),
  ]);
};

const checkEvidence = ({ charges, calendar }: Subject): Problem[] =>
  charges.flatMap((charge) =>
    [...('end' in charge ? [charge] : []), ...(charge.replaces ? [charge.replaces] : [])].flatMap((view) => {
      const billed = fromBilledChargeView(view);
      const { unitMinutes } = billedChargeView(billed);
      return at(view === charge ? nameOf(view) : `${nameOf(view)}, replaced`, [
        ...(view.unitMinutes === unitMinutes ? [] : [differs('unitMinutes', unitMinutes, view.unitMinutes)]),
        ...checkBilledCharge(billed, calendar),
      ]);
    }),
  );

const lineName = ({ usageMonth, flavor, unit, pricePerHour }: Line) =>
  `line ${usageMonth} ${flavor} per ${unit} at ${pricePerHour}`;

const checkLines = ({ statement, content }: Subject): Problem[] => {
  const expected = new Map(content.lines.map((line) => [lineName(line), line]));
  const found = statement.lines.flatMap((view) => {
    const line = fromLineView(view);
    const name = lineName(line);
    const due = expected.get(name);
    expected.delete(name);
    if (!due) return at(name, ['no charge adds to it, or it appears more than once']);
    const quantities = ({ kind, minutes, milliUnitMinutes }: Line) => ({
      kind,
      minutes,
      unitMinutes: fromMilli(milliUnitMinutes),
    });
    return at(name, differences(quantities(due), quantities(line)));
  });
  return [...found, ...[...expected.keys()].flatMap((name) => at(name, ['is missing']))];
};

/** An amount is the rounded cumulative amount of the key less what earlier statements billed. */
const checkAmounts = ({ statement, content }: Subject): Problem[] => {
  const { currency } = statement;
  const billed = new Map(content.lines.map((line) => [lineName(line), line.cumulativeMilliUnitMinutes]));
  return statement.lines.flatMap((view) => {
    const line = fromLineView(view);
    const { kind, milliUnitMinutes, cumulativeMilliUnitMinutes, pricePerHour, amount } = line;
    const least = Math.max(milliUnitMinutes, billed.get(lineName(line)) ?? 0);
    if (
      cumulativeMilliUnitMinutes < least ||
      (kind === 'usage' && cumulativeMilliUnitMinutes !== milliUnitMinutes)
    )
      return at(lineName(line), [
        differs(
          'cumulativeUnitMinutes',
          `${kind === 'usage' ? '' : 'at least '}${fromMilli(least)}`,
          view.cumulativeUnitMinutes,
        ),
      ]);
    const rounded = (quantity: number) => roundHalfUp(exactAmount(BigInt(quantity), pricePerHour), currency);
    const due = formatMinor(
      rounded(cumulativeMilliUnitMinutes) - rounded(cumulativeMilliUnitMinutes - milliUnitMinutes),
      currency,
    );
    return at(lineName(line), [
      ...(amount === due ? [] : [differs('amount', due, amount)]),
      ...(view.currency === currency ? [] : [differs('currency', currency, view.currency)]),
    ]);
  });
};

const checkTotal = ({ statement: { lines, total, currency } }: Subject): Problem[] => {
  const sum = totalOf(lines.map(fromLineView), currency);
  return sum === total ? [] : at('statement', [differs('total', sum, total)]);
};

const checkUnbilled = ({ statement, content }: Subject): Problem[] =>
  at('statement', [
    ...differences(unbilledView(content.unrated), statement.unrated, 'unrated'),
    ...differences(unbilledView(content.held), statement.held, 'held'),
  ]);

const checkIncluded = ({ statement: { included, currency } }: Subject): Problem[] =>
  at('statement', differences(includedView(INCLUDED, currency), included, 'included'));

const CHECKS = {
  pages: checkPages,
  once: checkOnce,
  digest: checkDigest,
  evidence: checkEvidence,
  lines: checkLines,
  amounts: checkAmounts,
  total: checkTotal,
  unbilled: checkUnbilled,
  included: checkIncluded,
} as const satisfies { [name: string]: (subject: Subject) => Problem[] };

export type CheckName = keyof typeof CHECKS;

/** The result of one check. */
export interface CheckResult {
  readonly name: CheckName;
  readonly ok: boolean;
  /** Number of problems, if any. */
  readonly problems?: number;
}

/** Whether a statement and its charges prove each other. The first hundred problems are listed. */
export interface Verification {
  readonly statement: Pick<Statement, 'projectId' | 'month' | 'statementId' | 'total' | 'currency'>;
  readonly billedCharges: number;
  readonly checks: readonly CheckResult[];
  readonly problems: readonly Problem[];
}

/** Checks a statement against its charges, and each charge against its own evidence (I5, I8). */
export const verifyStatement = (
  presented: Presented,
  onCheck: (name: CheckName) => void = () => {},
): Verification => {
  const { statement, charges } = presented;
  const { projectId, month, statementId, total, currency, timeZone } = statement;
  const inOrder = charges.toSorted((a, b) => compareText(keyOf(a), keyOf(b)));
  const fold = createStatementFold();
  for (const charge of inOrder) fold.add(toRecord(statement, charge));
  const subject = {
    ...presented,
    inOrder,
    content: fold.result(month, currency),
    calendar: createCalendar(timeZone),
  };
  const problems = createCappedList<Problem>();
  const checks = (Object.keys(CHECKS) as CheckName[]).map((name): CheckResult => {
    onCheck(name);
    const found = CHECKS[name](subject);
    for (const problem of found) problems.add(() => problem);
    return { name, ok: found.length === 0, ...(found.length > 0 && { problems: found.length }) };
  });
  return {
    statement: { projectId, month, statementId, total, currency },
    billedCharges: charges.length,
    checks,
    problems: problems.result().charges,
  };
};
