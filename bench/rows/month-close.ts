import assert from 'node:assert/strict';
import { createPages, type ProjectPages, projectsFrom } from '../charge-pages.ts';
import { createCharges, groupMs, loadCharges, prepareCharges } from '../charges-in-postgres.ts';
import { type Line, type Row, type RowOptions, ratioAtMost } from '../figures.ts';
import { billProjects, type Fold, foldPlainly, foldToStatements } from '../folds.ts';
import { openPagedLedger } from '../paged-source.ts';
import { openPostgres, type Postgres } from '../postgres.ts';
import { elapsedMs, interleave, median } from '../rounds.ts';

const CHARGES_A_PROJECT = 100;
/** Projects that are in memory at once. */
const PROJECTS_AT_ONCE = 1_000;

const FOLDS = { plain: foldPlainly, statements: foldToStatements, bill: billProjects };
type Name = keyof typeof FOLDS;
type Rounds = Record<Name, number[]>;
const NAMES = Object.keys(FOLDS) as Name[];

const byName = <T>(give: (name: Name) => T) =>
  Object.fromEntries(NAMES.map((name) => [name, give(name)])) as Record<Name, T>;

/** Adds the rounds of a part to those of the parts before it. */
const add = (total: Rounds | undefined, part: Rounds): Rounds =>
  byName((name) => part[name].map((ms, round) => ms + (total?.[name][round] ?? 0)));

const measureOf = (fold: Fold, projects: readonly ProjectPages[]) => () => {
  const ledger = openPagedLedger(projects);
  return elapsedMs(async () => {
    assert.equal(await fold(projects, ledger), 2 * projects.length, 'a line for GPUs and one for CPUs each');
  });
};

const createPart = async () => {
  const pagesOf = await createPages();
  return (part: number): ProjectPages[] =>
    projectsFrom(pagesOf, {
      first: part * PROJECTS_AT_ONCE,
      projects: PROJECTS_AT_ONCE,
      charges: CHARGES_A_PROJECT,
    });
};

/** Fills PostgreSQL with the same charges. */
const fillPostgres = async (
  postgres: Postgres,
  partOf: (part: number) => readonly ProjectPages[],
  parts: number,
  onProgress: RowOptions['onProgress'],
) => {
  await createCharges(postgres);
  for (let part = 0; part < parts; part += 1) {
    onProgress(`part ${part + 1} of ${parts} into PostgreSQL`);
    await loadCharges(postgres, partOf(part));
  }
  await prepareCharges(postgres);
};

/** What the close takes, over what the plain fold and PostgreSQL take. */
const linesOf = (
  ms: Readonly<Record<Name, number>>,
  charges: number,
  postgres: { readonly version: string; readonly ms: number } | undefined,
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
    postgres
      ? {
          what: overPostgres,
          ...sums,
          floor: postgres.ms,
          limit: ratioAtMost(2.5),
          note: postgres.version,
        }
      : { what: overPostgres, missing: 'PostgreSQL not installed' },
    // No sum does what this does: the line is there to compare with.
    {
      what: what('all of billing, over lines and total'),
      unit: 'ms',
      measured: ms.bill,
      floor: ms.statements,
    },
  ];
};

/**
 * Closes a month of a million charges over the least that adding them up takes, and over PostgreSQL: part by part, and in each part round by
 * round.
 */
export const row: Row = async ({ rounds, quick, onProgress }) => {
  const parts = quick ? 1 : 10;
  const partOf = await createPart();
  const postgres = await openPostgres();
  const groupings: number[] = [];
  let total: Rounds | undefined;
  try {
    if (postgres) await fillPostgres(postgres, partOf, parts, onProgress);
    for (let part = 0; part < parts; part += 1) {
      const projects = partOf(part);
      const contenders = byName((name) => measureOf(FOLDS[name], projects));
      const show = (text: string) => onProgress(`part ${part + 1} of ${parts}, ${text}`);
      total = add(total, await interleave(rounds, contenders, show));
      for (let turn = 0; postgres && turn < rounds / parts; turn += 1)
        groupings.push(await groupMs(postgres));
    }
  } finally {
    await postgres?.stop();
  }
  return linesOf(
    byName((name) => median(total?.[name] ?? [])),
    parts * PROJECTS_AT_ONCE * CHARGES_A_PROJECT,
    postgres && { version: postgres.version, ms: median(groupings) },
  );
};
