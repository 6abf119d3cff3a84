import type { ProjectPages } from './charge-pages.ts';
import type { Postgres } from './postgres.ts';

/** The columns needed for the sums. */
const TABLE = `CREATE TABLE charges (project_id text, usage_month text, flavor text, unit text, price_per_hour text,
  minutes integer, milli_units integer)`;

const SUMS = `SELECT project_id, usage_month, flavor, unit, price_per_hour, sum(minutes::bigint * milli_units)
  FROM charges GROUP BY 1, 2, 3, 4, 5`;

function* rowsOf(projects: readonly ProjectPages[]) {
  for (const { projectId, pages } of projects)
    for (const page of pages) {
      const rows = page.map(({ usageMonth, flavor, unit, pricePerHour, minutes, milliUnits }) =>
        [projectId, usageMonth, flavor, unit, pricePerHour, minutes, milliUnits].join('\t'),
      );
      yield `${rows.join('\n')}\n`;
    }
}

/** Loads the charges into a table. */
export const loadCharges = async (postgres: Postgres, projects: readonly ProjectPages[]): Promise<void> => {
  await postgres.query([TABLE]);
  await postgres.query(['COPY charges FROM STDIN'], rowsOf(projects));
  await postgres.query(['VACUUM ANALYZE charges']);
};

/** Milliseconds of the query that sums all charges by project and line, with its response. */
export const groupMs = async (postgres: Postgres): Promise<number> => {
  const printed = await postgres.query(['\\timing on', '\\o /dev/null', SUMS]);
  const ms = /^Time: ([\d.]+) ms/m.exec(printed)?.[1];
  if (ms === undefined) throw new Error(`psql printed no time: ${printed}`);
  return Number(ms);
};
