import { type ConversionConfig, toJsonSchema, toJsonSchemaDefs } from '@valibot/to-json-schema';
import * as v from 'valibot';
import { BudgetRequest, BudgetState, Budgets } from '../../shapes/budget.ts';
import {
  BilledCharge,
  BilledChargeRecord,
  Charge,
  EndedByEvent,
  EndedByRule,
  Evidence,
  Held,
  ListedCharges,
  NotEnded,
  StandingBilledCharge,
  UnbilledCharges,
  WithdrawnBilledCharge,
} from '../../shapes/charge.ts';
import { Decision } from '../../shapes/decision.ts';
import { RetractionEvent, StatusEvent } from '../../shapes/event.ts';
import { RecordedEvents } from '../../shapes/events.ts';
import { HeldCause, HeldCharges, HeldTime, SilentJob, SilentJobs } from '../../shapes/held.ts';
import { Interval, Job, JobBilled, JobResources, Retraction, Transition } from '../../shapes/job.ts';
import { Line } from '../../shapes/line.ts';
import { Link, LinkRequest } from '../../shapes/link.ts';
import {
  ActionLog,
  Audit,
  CloseBudget,
  CloseBudgets,
  ClosedMonth,
  Deliveries,
  Draft,
  Drafts,
  LoggedAction,
  OpenMonth,
  Operations,
  ParkedJobs,
  Poll,
  UnfinishedPublication,
} from '../../shapes/operations.ts';
import { problemSchema } from '../../shapes/problem.ts';
import {
  CauseShare,
  ProjectReconciliation,
  ReconciledJob,
  ReconciledRow,
  ReconciledSide,
} from '../../shapes/reconciliation.ts';
import {
  Actor,
  Approval,
  DifferingLine,
  DraftDecision,
  IncludedItem,
  ReplacedDraft,
  Statement,
  StatementCharges,
  StatementDifferences,
  StatementDraft,
  StatementPreview,
  StatementSummary,
  Statements,
} from '../../shapes/statement.ts';
import {
  Corrections,
  DayUsage,
  Forecast,
  JobUsage,
  ProjectJobs,
  Projects,
  ProjectTotal,
  Usage,
  UsageGroup,
} from '../../shapes/usage.ts';
import { MAX_BATCH_EVENTS } from '../cloud-events.ts';
import { PROBLEM_KINDS, type ProblemCode } from '../problem.ts';
import { EVENT_TEXTS } from './event-texts.ts';
import type { Schema } from './types.ts';

const [, { entries: statusEntries }] = StatusEvent.pipe;
const [, { entries: retractionEntries }] = RetractionEvent.pipe;
const [, { entries: statusDataEntries }] = statusEntries.data.pipe;

const Event = v.union([StatusEvent, RetractionEvent]);

const DEFINITIONS = {
  Event,
  EventBatch: v.pipe(v.array(Event), v.maxLength(MAX_BATCH_EVENTS)),
  StatusEvent,
  StatusData: statusEntries.data,
  EventResources: statusDataEntries.resources.wrapped,
  RetractionEvent,
  RetractionData: retractionEntries.data,
  RecordedEvents,
  Projects,
  ProjectTotal,
  Usage,
  DayUsage,
  UsageGroup,
  Forecast,
  HeldCharges,
  HeldCause,
  SilentJobs,
  SilentJob,
  Corrections,
  Budgets,
  BudgetState,
  BudgetRequest,
  ProjectJobs,
  JobUsage,
  Statements,
  StatementSummary,
  Statement,
  Approval,
  StatementPreview,
  StatementDraft,
  DraftDecision,
  Actor,
  ReplacedDraft,
  StatementDifferences,
  DifferingLine,
  Decision,
  StatementCharges,
  ProjectReconciliation,
  ReconciledRow,
  ReconciledJob,
  ReconciledSide,
  CauseShare,
  Line,
  IncludedItem,
  UnbilledCharges,
  Job,
  JobResources,
  Transition,
  Retraction,
  Interval,
  JobBilled,
  HeldTime,
  Charge,
  ListedCharges,
  BilledCharge,
  BilledChargeRecord,
  StandingBilledCharge,
  WithdrawnBilledCharge,
  EndedByEvent,
  EndedByRule,
  NotEnded,
  Held,
  Evidence,
  LinkRequest,
  Link,
  Operations,
  ClosedMonth,
  OpenMonth,
  Drafts,
  Draft,
  CloseBudgets,
  CloseBudget,
  ParkedJobs,
  UnfinishedPublication,
  Audit,
  Poll,
  Deliveries,
  ActionLog,
  LoggedAction,
} as const;

export type SchemaName = keyof typeof DEFINITIONS;

const toRef = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

/** A reference to a named schema. */
export const schemaRef = (name: SchemaName): Schema => toRef(name);

/** `TooLargeProblem` for `too-large`. */
const problemName = (code: string): string =>
  `${code
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')}Problem`;

export const problemRef = (code: ProblemCode): Schema => toRef(problemName(code));

const NAMES: ReadonlyMap<unknown, string> = new Map(
  Object.entries(DEFINITIONS).map(([name, schema]) => [schema, name]),
);

/** The named schema that an entry only adds a description to, if any. */
const nameOf = (entry: unknown): string | undefined => {
  const schema = v.is(
    v.object({ type: v.picklist(['exact_optional', 'optional']), wrapped: v.unknown() }),
    entry,
  )
    ? entry.wrapped
    : entry;
  return v.is(v.object({ pipe: v.array(v.unknown()) }), schema) ? NAMES.get(schema.pipe[0]) : undefined;
};

/** Responses are validated as closed objects; the document leaves them open for new members. */
type Closable = Schema & { readonly additionalProperties?: unknown };

/** Members that are named schemas with their own description become references, not copies. */
const referToNamed = (entries: object, { additionalProperties: _, ...schema }: Closable): Schema => ({
  ...schema,
  properties: Object.fromEntries(
    Object.entries(schema.properties ?? {}).map(([member, converted]) => {
      const name = nameOf(Object.entries(entries).find(([key]) => key === member)?.[1]);
      const { description = '' } = converted;
      return [member, name === undefined ? converted : { ...toRef(name), description }];
    }),
  ),
});

const CONVERSION = {
  target: 'draft-2020-12',
  // An event is a pipe of an object check and the object schema, which is its output.
  typeMode: 'output',
  // Checks have no JSON Schema; descriptions state them.
  ignoreActions: ['check', 'transform'],
  overrideAction: ({ valibotAction, jsonSchema }) => {
    // JSON Schema patterns are always Unicode.
    if (valibotAction.type === 'regex') return jsonSchema;
    // The bounds of safe integers are not limits of the API.
    if (valibotAction.type !== 'safe_integer') return undefined;
    const { minimum: _, maximum: __, ...exact } = jsonSchema;
    return exact;
  },
  overrideRef: ({ referenceId }) => toRef(referenceId).$ref,
  overrideSchema: ({ valibotSchema, jsonSchema }) =>
    'entries' in valibotSchema
      ? (referToNamed(valibotSchema.entries as object, jsonSchema as Closable) as typeof jsonSchema)
      : undefined,
} satisfies ConversionConfig;

const withTexts = (name: string, schema: Schema): Schema => {
  const texts = EVENT_TEXTS[name];
  if (!texts) return schema;
  const { properties } = schema;
  const described = Object.entries(properties ?? {}).map(([member, converted]) => [
    member,
    { ...converted, description: texts.members?.[member] },
  ]);
  return {
    ...schema,
    description: texts.description,
    ...(properties && { properties: Object.fromEntries(described) }),
  };
};

const problemDefinitions = () =>
  Object.entries(PROBLEM_KINDS).map(
    ([code, kind]) => [problemName(code), problemSchema(code, kind)] as const,
  );

/** All named schemas as JSON Schema. */
export const componentSchemas = (): Record<string, Schema> => {
  const definitions = { ...DEFINITIONS, ...Object.fromEntries(problemDefinitions()) };
  const converted = toJsonSchemaDefs(definitions, CONVERSION) as Record<string, Schema>;
  return Object.fromEntries(
    Object.entries(converted).map(([name, schema]) => [name, withTexts(name, schema)]),
  );
};

/** An unnamed schema as JSON Schema. */
export const inlineSchema = (schema: v.GenericSchema): Schema => {
  const { $schema: _, $defs: __, ...converted } = toJsonSchema(schema, CONVERSION);
  return converted as Schema;
};

/** Schemas of the attributes of an event, for the headers of binary mode. */
export const ATTRIBUTES = statusEntries;
