import { type Charge, deriveCharges } from '../../lib/billing/charges.ts';
import type { Cutoff, Fact, ReportedFact } from '../../lib/billing/facts.ts';
import { addMonths, createCalendar } from '../../lib/billing/months.ts';
import { createTariffBook, type Tariff, type TariffBook } from '../../lib/billing/tariff.ts';
import { compareCharges, identityOf } from '../../simulation/compare.ts';
import { MONTH_AT, type Piece, walkJob } from '../../simulation/oracle.ts';
import { createRandom } from '../../simulation/random.ts';
import { drawScenario } from '../../simulation/workload.ts';
import type { BrokenBilling } from './broken/billing.ts';

/** The facts of one job and all tariffs: the input of billing without table, schedule or close. */
export interface Log {
  readonly facts: readonly ReportedFact[];
  readonly tariffs: readonly Tariff[];
  readonly timeZone: keyof typeof MONTH_AT;
}

const CALENDARS = { UTC: createCalendar('UTC'), 'Europe/Paris': createCalendar('Europe/Paris') } as const;

/**
 * The logs of a random scenario's jobs, some without what is reported last, the others backwards.
 */
const drawLogs = (seed: number): Log[] => {
  const random = createRandom(seed);
  const { actions, tariffs: first, timeZone } = drawScenario(createRandom(seed));
  const tariffs: Tariff[] = [];
  for (const draft of [
    ...first,
    ...actions.flatMap((action) => (action.kind === 'publish' ? action.tariff : [])),
  ]) {
    const sameInstant = tariffs.filter(({ effectiveFrom }) => effectiveFrom === draft.effectiveFrom);
    tariffs.push({ ...draft, revision: sameInstant.length + 1 });
  }
  const reported = new Map<string, ReportedFact>();
  for (const fact of actions.flatMap((action) => (action.kind === 'send' ? action.events : [])))
    if (!reported.has(identityOf(fact))) reported.set(identityOf(fact), fact);
  const jobs = Map.groupBy(reported.values(), ({ projectId, jobId }) => `${projectId} ${jobId}`);
  return [...jobs.values()].map((facts) => ({
    facts: random.chance(0.3) ? facts.slice(0, random.integer(1, facts.length)) : facts.toReversed(),
    tariffs,
    timeZone,
  }));
};

/** The charges of a log once every month that a charge is open in has been cut off. */
const chargesAtRest = (
  facts: readonly ReportedFact[],
  tariffs: TariffBook,
  calendar: ReturnType<typeof createCalendar>,
  { seenFacts = (seen) => seen }: BrokenBilling,
): readonly Charge[] => {
  const cutoffs: Cutoff[] = [];
  for (;;) {
    const log: readonly Fact[] = [...facts, ...cutoffs];
    const charges = deriveCharges(seenFacts(log, tariffs, calendar), tariffs, calendar);
    const open = charges.find(({ kind }) => kind === 'open');
    if (!open) return charges;
    cutoffs.push({
      kind: 'cutoff',
      projectId: open.projectId,
      jobId: open.jobId,
      month: addMonths(open.usageMonth, 1),
    });
  }
};

const piecesOf = ({ facts, tariffs, timeZone }: Log) => walkJob(facts, tariffs, MONTH_AT[timeZone]);

const chargesOf = ({ facts, tariffs, timeZone }: Log, broken: BrokenBilling = {}) => {
  const { seenTariffs = (book) => book } = broken;
  return chargesAtRest(facts, seenTariffs(createTariffBook(tariffs)), CALENDARS[timeZone], broken);
};

/** Where the charges of a log differ from the pieces of the oracle. */
export const wrongCharges = (log: Log): readonly string[] => compareCharges(piecesOf(log), chargesOf(log));

const quantitiesOf = (charges: readonly (Charge | Piece)[]): ReadonlyMap<string, number> => {
  const quantities = new Map<string, number>();
  for (const charge of charges) {
    if (!('minutes' in charge) || charge.pricePerHour === undefined) continue;
    const { usageMonth, flavor, unit, pricePerHour, minutes, milliUnits = 0 } = charge;
    const key = `${usageMonth} ${flavor} ${unit} at ${pricePerHour}`;
    if (minutes > 0) quantities.set(key, (quantities.get(key) ?? 0) + minutes * milliUnits);
  }
  return quantities;
};

/** Where a broken rule bills another quantity than the oracle: evidence and labels do not count. */
export const wrongBills =
  (broken: BrokenBilling) =>
  (log: Log): readonly string[] => {
    const expected = quantitiesOf(piecesOf(log));
    const found = quantitiesOf(chargesOf(log, broken));
    return [...new Set([...expected.keys(), ...found.keys()])]
      .filter((key) => expected.get(key) !== found.get(key))
      .map((key) => `${key}: expected ${expected.get(key)}, found ${found.get(key)}`);
  };

/** A small log that still fails: takes facts, tariffs and members away while it does. */
const shrinkLog = (log: Log, fails: (log: Log) => boolean): Log => {
  const { facts, tariffs } = log;
  const smaller = [
    ...facts.map((_, index) => ({ ...log, facts: facts.toSpliced(index, 1) })),
    ...tariffs.map((_, index) => ({ ...log, tariffs: tariffs.toSpliced(index, 1) })),
    ...(['resources', 'labels', 'timeoutMs', 'nanos'] as const).flatMap((name) =>
      facts.flatMap((fact, index) => {
        if (!(name in fact)) return [];
        const { [name]: _, ...rest } = fact as ReportedFact & Record<typeof name, unknown>;
        return [{ ...log, facts: facts.with(index, rest) }];
      }),
    ),
  ].find((candidate) => candidate.facts.length > 0 && fails(candidate));
  return smaller ? shrinkLog(smaller, fails) : log;
};

const describe = ({ facts, tariffs, timeZone }: Log) =>
  [
    `time zone ${timeZone}`,
    ...tariffs.map(
      ({ effectiveFrom, ...tariff }) => `${new Date(effectiveFrom).toISOString()} ${JSON.stringify(tariff)}`,
    ),
    ...facts.map(({ time, ...fact }) => `${new Date(time).toISOString()} ${JSON.stringify(fact)}`),
  ].join('\n');

interface Search {
  readonly logs: number;
  /** The log that differs, shrunk, and where. */
  readonly difference?: string;
}

/** Draws scenarios until billing differs from the oracle in one of their logs. */
export const findDifference = (scenarios: number, differencesOf: (log: Log) => readonly string[]): Search => {
  let logs = 0;
  for (let seed = 1; seed <= scenarios; seed += 1)
    for (const log of drawLogs(seed)) {
      logs += 1;
      const differs = (candidate: Log) => differencesOf(candidate).length > 0;
      if (!differs(log)) continue;
      const shrunk = shrinkLog(log, differs);
      const difference = [`seed ${seed}:`, describe(shrunk), ...differencesOf(shrunk)].join('\n');
      return { logs, difference };
    }
  return { logs };
};
