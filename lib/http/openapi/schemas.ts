import { type ConversionConfig, toJsonSchema, toJsonSchemaDefs } from '@valibot/to-json-schema';
import * as v from 'valibot';
import {
  BilledCharge,
  BilledChargeRecord,
  Charge,
  EndedByEvent,
  EndedByRule,
  Evidence,
  ListedCharges,
  NotEnded,
  StandingBilledCharge,
  UnbilledCharges,
  WithdrawnBilledCharge,
} from '../../shapes/charge.ts';
import { RetractionEvent, StatusEvent } from '../../shapes/event.ts';
import { RecordedEvents } from '../../shapes/events.ts';
import { Interval, Job, JobResources, Retraction, Transition } from '../../shapes/job.ts';
import { Line } from '../../shapes/line.ts';
import { problemSchema } from '../../shapes/problem.ts';
import {
  IncludedItem,
  Statement,
  StatementCharges,
  StatementSummary,
  Statements,
} from '../../shapes/statement.ts';
import { DayUsage, JobUsage, ProjectJobs, Projects, Usage } from '../../shapes/usage.ts';
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
  Usage,
  DayUsage,
  ProjectJobs,
  JobUsage,
  Statements,
  StatementSummary,
  Statement,
  StatementCharges,
  Line,
  IncludedItem,
  Attention: UnbilledCharges,
  Job,
  JobResources,
  Transition,
  Retraction,
  Interval,
  Charge,
  ListedCharges,
  Position: BilledCharge,
  BilledPosition: BilledChargeRecord,
  StandingPosition: StandingBilledCharge,
  WithdrawnPosition: WithdrawnBilledCharge,
  EndedByEvent,
  EndedByRule,
  NotEnded,
  Evidence,
} as const;

export type SchemaName = keyof typeof DEFINITIONS;

const toRef = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

/** The schema of that name in the document. */
export const schemaRef = (name: SchemaName): Schema => toRef(name);

/** `too-large` is described by `TooLargeProblem`. */
const problemName = (code: string): string =>
  `${code
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')}Problem`;

export const problemRef = (code: ProblemCode): Schema => toRef(problemName(code));

const NAMES: ReadonlyMap<unknown, string> = new Map(
  Object.entries(DEFINITIONS).map(([name, schema]) => [schema, name]),
);

/** The name of the schema that an entry only adds a description to, if there is one. */
const nameOf = (entry: unknown): string | undefined => {
  const schema = v.is(v.object({ type: v.literal('exact_optional'), wrapped: v.unknown() }), entry)
    ? entry.wrapped
    : entry;
  return v.is(v.object({ pipe: v.array(v.unknown()) }), schema) ? NAMES.get(schema.pipe[0]) : undefined;
};

/** Answers are checked as closed objects; the document leaves them open, as members may be added. */
type Closable = Schema & { readonly additionalProperties?: unknown };

/** A member that is a named schema with a description of its own refers to it, where the converter would copy it. */
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
  // The objects of events are a check that it is an object, then the object itself.
  typeMode: 'output',
  // What a check asks for beyond the shape is said in words.
  ignoreActions: ['check'],
  overrideAction: ({ valibotAction, jsonSchema }) => {
    // JSON Schema reads every pattern as one of Unicode characters.
    if (valibotAction.type === 'regex') return jsonSchema;
    // That a whole number is exact in JSON is no limit that a reader could meet.
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

/** Every schema by name, as JSON Schema: the same schemas that validate what is sent, and those of all answers. */
export const componentSchemas = (): Record<string, Schema> => {
  const definitions = { ...DEFINITIONS, ...Object.fromEntries(problemDefinitions()) };
  const converted = toJsonSchemaDefs(definitions, CONVERSION) as Record<string, Schema>;
  return Object.fromEntries(
    Object.entries(converted).map(([name, schema]) => [name, withTexts(name, schema)]),
  );
};

/** A schema that stands where it is used. */
export const inlineSchema = (schema: v.GenericSchema): Schema => {
  const { $schema: _, $defs: __, ...converted } = toJsonSchema(schema, CONVERSION);
  return converted as Schema;
};

/** The schemas of the attributes of an event, as binary mode has them in its headers. */
export const ATTRIBUTES = statusEntries;
