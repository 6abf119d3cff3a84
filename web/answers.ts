import type { readJob } from '../lib/operations/read-job.ts';
import type { listProjects } from '../lib/operations/read-projects.ts';
import type {
  readStatement,
  readStatementCharges,
  readStatements,
} from '../lib/operations/read-statements.ts';
import type { readProjectJobs, readUsage } from '../lib/operations/read-usage.ts';

/** What the API answers, taken from the functions that make it: the page does not compile against anything else. */
type AnswerOf<Read extends (...given: never[]) => unknown> = NonNullable<Awaited<ReturnType<Read>>>;

/** On the wire, `next` is the cursor of the page that follows. */
type Paged<Page> = Omit<Page, 'next'> & { readonly next?: string };

export type Usage = AnswerOf<typeof readUsage>;
export type UsageLine = Usage['lines'][number];
export type UsageDay = Usage['days'][number];
export type Charge = Usage['running']['charges'][number];
export type Projects = Paged<AnswerOf<typeof listProjects>>;
export type Jobs = Paged<AnswerOf<typeof readProjectJobs>>;
export type JobRow = Jobs['jobs'][number];
export type Job = AnswerOf<typeof readJob>;
export type Transition = Job['transitions'][number];
export type Statements = AnswerOf<typeof readStatements>;
export type StatementSummary = Statements['statements'][number];
export type Statement = AnswerOf<typeof readStatement>;
export type StatementLine = Statement['lines'][number];
export type StatementCharges = Paged<AnswerOf<typeof readStatementCharges>>;
export type BilledCharge = StatementCharges['charges'][number];
