import pLimit from 'p-limit';
import { projectIdOf } from '../../../bench/workload.ts';
import type { Charge } from '../../../lib/billing/charges.ts';
import type { Statement } from '../../../lib/billing/statement.ts';
import type { Store } from '../../../lib/store/store.ts';
import { compareBills, compareCharges, compareLog, identityOf } from '../../../simulation/compare.ts';
import { MONTH_AT, walkJob } from '../../../simulation/oracle.ts';
import { type Jobs, jobsOf } from './jobs.ts';

/** What was compared, and what is not as it must be. */
export interface Comparison {
  events: number;
  charges: number;
  statements: number;
  lines: number;
  /** The sum of all totals, in cents. */
  totalCents: bigint;
  lostEvents: number;
  wrongCharges: number;
  wrongLines: number;
  /** The first differences in words. */
  readonly differences: string[];
}

const PROJECTS_AT_ONCE = 8;
const DIFFERENCES_KEPT = 20;

/** Projects that some jobs were sent of. */
const projectsOf = ({ projects }: Jobs, sent: number): number => Math.min(projects, sent);

/**
 * Compares the table with the oracle of the simulation, project by project: each event, each charge,
 * each line and total of the statements of the month. The first `sent` jobs were sent, in EUR.
 */
export const compareJobs = async (
  store: Store,
  jobs: Jobs,
  sent: number,
  onProgress: (projects: number, of: number) => void,
): Promise<Comparison> => {
  const result: Comparison = {
    ...{ events: 0, charges: 0, statements: 0, lines: 0, totalCents: 0n },
    ...{ lostEvents: 0, wrongCharges: 0, wrongLines: 0, differences: [] },
  };
  const note = (what: 'lostEvents' | 'wrongCharges' | 'wrongLines', differences: readonly string[]) => {
    result[what] += differences.length;
    result.differences.push(...differences.slice(0, DIFFERENCES_KEPT - result.differences.length));
  };
  const tariffs = await store.readTariffs();

  const compareProject = async (project: number) => {
    const projectId = projectIdOf(project);
    const ofProject = [...jobsOf(jobs, project, sent)];
    for (const { jobId, transitions } of ofProject) {
      const log = (await store.readFacts({ projectId, jobId })).filter((fact) => fact.kind !== 'cutoff');
      note(
        'lostEvents',
        compareLog(new Map(transitions.map((fact) => [identityOf(fact), fact])), transitions, log),
      );
      result.events += log.length;
    }
    const pieces = ofProject.flatMap(({ transitions }) => walkJob(transitions, tariffs, MONTH_AT.UTC));
    const charges: Charge[] = await Array.fromAsync(store.charges(projectId, jobs.month));
    note('wrongCharges', compareCharges(pieces, charges));
    const statement: Statement | undefined = await store.readStatement(projectId, jobs.month);
    note('wrongLines', compareBills(pieces, statement ? [statement] : [], 'EUR'));
    result.charges += charges.length;
    if (!statement) return;
    result.statements += 1;
    result.lines += statement.lines.length;
    result.totalCents += BigInt(statement.total.replace('.', ''));
  };

  const limit = pLimit(PROJECTS_AT_ONCE);
  let done = 0;
  const of = projectsOf(jobs, sent);
  await limit.map(
    Array.from({ length: of }, (_, project) => project),
    async (project) => {
      await compareProject(project);
      done += 1;
      onProgress(done, of);
    },
  );
  return result;
};
