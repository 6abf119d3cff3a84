/**
 * Prints what a project has used this month: its flavors, budgets and jobs, its latest statement, and a
 * link to its page. `npm start` in the project, then here:
 *
 * `npm run types && npm run check && TOKEN=$(npx jobmeter token --project proj-1) npm start`
 */
import { contentOf, createJobmeter } from './jobmeter.ts';
import type { components } from './jobmeter-api.d.ts';

const { JOBMETER_URL: url = 'http://localhost:3000', TOKEN: token = '' } = process.env;
const api = createJobmeter(url, token);
const path = { projectId: 'proj-1' };

type StatementPage = Pick<components['schemas']['Statement'], 'lines' | 'next'>;

const {
  month,
  total,
  currency,
  groups = [],
} = await contentOf(
  api.GET('/v1/projects/{projectId}/usage', { params: { path, query: { groupBy: 'flavor' } } }),
);
console.log(`${month}: ${total} ${currency}`);
for (const { value = 'without a flavor', minutes, total: cost } of groups)
  console.log(`  ${value}: ${minutes} min, ${cost} ${currency}`);

const { budgets } = await contentOf(api.GET('/v1/projects/{projectId}/budgets', { params: { path } }));
for (const { name, spent, amount, thresholds } of budgets) {
  const crossed = thresholds.filter(({ crossedAt }) => crossedAt !== undefined).length;
  console.log(`budget ${name}: ${spent} of ${amount} ${currency}, ${crossed} thresholds crossed`);
}

/** All jobs of the month, page by page. */
async function* jobsOf(cursor?: string): AsyncGenerator<{ jobId: string; cost: string }> {
  const query = { month, limit: 500, ...(cursor !== undefined && { cursor }) };
  const { jobs, next } = await contentOf(
    api.GET('/v1/projects/{projectId}/jobs', { params: { path, query } }),
  );
  yield* jobs;
  if (next !== undefined) yield* jobsOf(next);
}

for await (const { jobId, cost } of jobsOf()) console.log(`  ${jobId}: ${cost} ${currency}`);

/** The pages of a statement, each with some of its lines: one but for thousands of lines. */
async function* statementPages(of: string, cursor?: string): AsyncGenerator<StatementPage> {
  const params = { path: { ...path, month: of }, query: { ...(cursor !== undefined && { cursor }) } };
  const page = await contentOf(api.GET('/v1/projects/{projectId}/statements/{month}', { params }));
  yield page;
  if (page.next !== undefined) yield* statementPages(of, page.next);
}

const { statements } = await contentOf(api.GET('/v1/projects/{projectId}/statements', { params: { path } }));
const [latest] = statements;
if (latest) {
  console.log(`statement of ${latest.month}: ${latest.total} ${latest.currency}`);
  for await (const { lines } of statementPages(latest.month))
    for (const { usageMonth, flavor, amount } of lines)
      console.log(`  ${usageMonth} ${flavor}: ${amount} ${latest.currency}`);
}

const link = await contentOf(api.POST('/v1/links', { body: { ...path, expiresIn: 'PT5M' } }));
console.log(`until ${link.expiresAt}: ${link.url}`);
