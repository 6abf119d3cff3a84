import type { Statement } from '../../../../lib/billing/statement.ts';
import { inShort, status, type World } from '../world.ts';

/** Five hours on two GPUs: 300 minutes, 19.30 (the second example of the product page). */
export const running = status('job-1', 'RUNNING', '2026-10-05T08:00:00Z');
export const done = status('job-1', 'DONE', '2026-10-05T13:00:00Z');

const shortLines = ({ lines, total }: Pick<Statement, 'lines' | 'total'>) => [
  ...lines.map(inShort),
  `total ${total}`,
];

export const linesOf = async (world: World, projectId: string, month: string) =>
  shortLines(await world.statement(projectId, month));

export const allStatements = async (world: World): Promise<Statement[]> => {
  const items = await world.items('STATEMENT');
  return items.map(({ pk: _, sk: __, ...statement }) => statement as unknown as Statement);
};

/** The lines of every statement, by project and month. */
export const linesByStatement = async (world: World) =>
  Object.fromEntries(
    (await allStatements(world)).map((statement) => [
      `${statement.projectId} ${statement.month}`,
      shortLines(statement),
    ]),
  );

/** An amount of EUR in cents. */
export const centsOf = (amount: string) => Math.round(Number(amount) * 100);
