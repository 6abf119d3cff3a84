import assert from 'node:assert/strict';
import { createPages, type ProjectPages, projectsFrom } from '../charge-pages.ts';
import { groupMs, loadCharges } from '../charges-in-postgres.ts';
import { type Line, type Row, ratioAtMost } from '../figures.ts';
import { billProjects, type Fold, foldPlainly, foldToStatements } from '../folds.ts';
import { openPagedContext } from '../paged-source.ts';
import { openPostgres } from '../postgres.ts';
import { elapsedMs, interleave, type Measure, medians } from '../rounds.ts';

const CHARGES_A_PROJECT = 100;

const measureOf =
  (fold: Fold, projects: readonly ProjectPages[]): Measure =>
  () => {
    const context = openPagedContext(projects);
    return elapsedMs(async () => {
      assert.equal(
        await fold(projects, context),
        2 * projects.length,
        'a line for GPUs and one for CPUs each',
      );
    });
  };

/** The close over the plain fold and over PostgreSQL. */
const linesOf = (
  ms: Readonly<Record<'plain' | 'statements' | 'bill', number>> & { readonly groupBy?: number },
  charges: number,
  version: string | undefined,
): Line[] => {
  const what = (name: string) => `month close of ${charges} charges, ${name}`;
  const sums = { unit: 'ms', measured: ms.statements };
  const overPostgres = what('lines and total, over GROUP BY');
  return [
    {
      what: what('lines and total, over a plain fold'),
      ...sums,
      floor: ms.plain,
      limit: ratioAtMost(2),
    },
    ms.groupBy !== undefined && version !== undefined
      ? {
          what: overPostgres,
          ...sums,
          floor: ms.groupBy,
          limit: ratioAtMost(2.5),
          note: version,
        }
      : { what: overPostgres, missing: 'PostgreSQL not installed' },
    {
      what: what('all of billing, over lines and total'),
      name: 'billing over sums',
      unit: 'ms',
      measured: ms.bill,
      floor: ms.statements,
      limit: ratioAtMost(5),
    },
  ];
};

/** The close of a million charges, over plain summation and over PostgreSQL. */
export const row: Row = async ({ rounds, quick, onProgress }) => {
  const size = { first: 0, projects: quick ? 1_000 : 10_000, charges: CHARGES_A_PROJECT };
  onProgress('making charges');
  const projects = projectsFrom(await createPages(), size);
  const postgres = await openPostgres();
  try {
    if (postgres) {
      onProgress('charges into PostgreSQL');
      await loadCharges(postgres, projects);
    }
    const contenders = {
      plain: measureOf(foldPlainly, projects),
      statements: measureOf(foldToStatements, projects),
      bill: measureOf(billProjects, projects),
      ...(postgres && { groupBy: () => groupMs(postgres) }),
    };
    const measured = medians(await interleave(rounds, contenders, onProgress));
    return linesOf(measured, size.projects * size.charges, postgres?.version);
  } finally {
    await postgres?.stop();
  }
};
