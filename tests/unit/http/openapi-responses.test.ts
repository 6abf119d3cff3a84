import type * as v from 'valibot';
import { expectTypeOf, test } from 'vitest';
import type { Attention, BilledPosition, Charge, Position } from '../../../lib/http/responses/charge.ts';
import type { ConflictResults } from '../../../lib/http/responses/events.ts';
import type { Job } from '../../../lib/http/responses/job.ts';
import type { Line } from '../../../lib/http/responses/line.ts';
import type {
  IncludedItem,
  Statement,
  StatementCharges,
  Statements,
} from '../../../lib/http/responses/statement.ts';
import type { ProjectJobs, Projects, Usage } from '../../../lib/http/responses/usage.ts';
import type { readJob } from '../../../lib/operations/read-job.ts';
import type { listProjects } from '../../../lib/operations/read-projects.ts';
import type {
  readStatement,
  readStatementCharges,
  readStatements,
} from '../../../lib/operations/read-statements.ts';
import type { readProjectJobs, readUsage } from '../../../lib/operations/read-usage.ts';
import type { recordEvents } from '../../../lib/operations/record.ts';
import type {
  attentionView,
  chargeView,
  includedView,
  linesView,
  positionView,
  stampView,
} from '../../../lib/operations/views.ts';

/** A type as JSON keeps it: what is undefined is left out, and nothing is read-only. */
type Json<Value> = Value extends readonly (infer Item)[]
  ? Json<Item>[]
  : Value extends object
    ? {
        -readonly [Name in keyof Value as [Exclude<Value[Name], undefined>] extends [never]
          ? never
          : Name]: Json<Exclude<Value[Name], undefined>>;
      }
    : Value;

/** What an operation gives, without the place of the next page, which a handler makes a cursor of. */
type Given<Operation extends (...args: never[]) => unknown> = Json<
  OmitNext<NonNullable<Awaited<ReturnType<Operation>>>>
>;
type OmitNext<Page> = Page extends unknown ? Omit<Page, 'next'> : never;

type Described<Schema extends v.GenericSchema> = Json<Omit<v.InferOutput<Schema>, 'next'>>;
type DescribedOne<Schema extends v.GenericSchema> = Json<v.InferOutput<Schema>>;

/** Checked by the compiler: the file does not compile once a view and its schema differ. */
test('the schemas of answers have the types of what the operations give', () => {
  expectTypeOf<Described<typeof Usage>>().toEqualTypeOf<Given<typeof readUsage>>();
  expectTypeOf<Described<typeof ProjectJobs>>().toEqualTypeOf<Given<typeof readProjectJobs>>();
  expectTypeOf<Described<typeof Projects>>().toEqualTypeOf<Given<typeof listProjects>>();
  expectTypeOf<Described<typeof Statements>>().toEqualTypeOf<Given<typeof readStatements>>();
  expectTypeOf<Described<typeof Statement>>().toEqualTypeOf<Given<typeof readStatement>>();
  expectTypeOf<Described<typeof StatementCharges>>().toEqualTypeOf<Given<typeof readStatementCharges>>();
  expectTypeOf<Described<typeof Job>>().toEqualTypeOf<Given<typeof readJob>>();
  expectTypeOf<DescribedOne<typeof ConflictResults>>().toEqualTypeOf<Given<typeof recordEvents>>();
});

test('the schemas of their parts have the types of the views', () => {
  expectTypeOf<DescribedOne<typeof Position>>().toEqualTypeOf<Json<ReturnType<typeof positionView>>>();
  expectTypeOf<DescribedOne<typeof BilledPosition>>().toEqualTypeOf<Json<ReturnType<typeof stampView>>>();
  expectTypeOf<DescribedOne<typeof Charge>>().toEqualTypeOf<Json<ReturnType<typeof chargeView>>>();
  expectTypeOf<DescribedOne<typeof Attention>>().toEqualTypeOf<Json<ReturnType<typeof attentionView>>>();
  expectTypeOf<DescribedOne<typeof Line>[]>().toEqualTypeOf<Json<ReturnType<typeof linesView>>>();
  expectTypeOf<DescribedOne<typeof IncludedItem>[]>().toEqualTypeOf<Json<ReturnType<typeof includedView>>>();
});
