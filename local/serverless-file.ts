import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { parse } from 'yaml';

/** Project directory. */
export const PROJECT_DIR = new URL('../', import.meta.url);

const TablePropertiesSchema = v.object({
  AttributeDefinitions: v.array(
    v.object({ AttributeName: v.string(), AttributeType: v.picklist(['S', 'N', 'B']) }),
  ),
  BillingMode: v.picklist(['PAY_PER_REQUEST', 'PROVISIONED']),
  KeySchema: v.array(v.object({ AttributeName: v.string(), KeyType: v.picklist(['HASH', 'RANGE']) })),
  StreamSpecification: v.object({
    StreamViewType: v.picklist(['KEYS_ONLY', 'NEW_IMAGE', 'OLD_IMAGE', 'NEW_AND_OLD_IMAGES']),
  }),
});

/** Strict: a setting that the local trigger would ignore is an error. */
const StreamSettingsSchema = v.strictObject({
  type: v.literal('dynamodb'),
  arn: v.unknown(),
  startingPosition: v.literal('TRIM_HORIZON'),
  batchSize: v.pipe(v.number(), v.integer(), v.minValue(1)),
  /** A parameter of the stage; the local stack has a setting for it. */
  batchWindow: v.optional(v.unknown()),
  filterPatterns: v.array(v.unknown()),
  functionResponseType: v.literal('ReportBatchItemFailures'),
  bisectBatchOnFunctionError: v.boolean(),
  maximumRecordAgeInSeconds: v.pipe(v.number(), v.integer(), v.minValue(60)),
  destinations: v.unknown(),
});

const withStream = () =>
  v.object({ handler: v.string(), events: v.tuple([v.object({ stream: StreamSettingsSchema })]) });

const ServerlessFileSchema = v.object({
  service: v.string(),
  functions: v.objectWithRest(
    { 'settle-jobs': withStream(), 'deliver-events': withStream() },
    v.object({ handler: v.string() }),
  ),
  // Other resources are included from files and not used locally.
  resources: v.looseTuple([
    v.object({ Resources: v.object({ JobmeterTable: v.object({ Properties: TablePropertiesSchema }) }) }),
  ]),
});

/** The stream event of a function, as deployed. */
export type StreamSettings = v.InferOutput<typeof StreamSettingsSchema>;

/** The parts of `serverless.yml` used locally, so that local and deployed cannot diverge. */
export const readServerlessFile = () => {
  const file = v.parse(
    ServerlessFileSchema,
    parse(readFileSync(new URL('serverless.yml', PROJECT_DIR), 'utf8'), { merge: true }),
  );
  return {
    service: file.service,
    functions: file.functions,
    /** Of `settle-jobs`. */
    stream: file.functions['settle-jobs'].events[0].stream,
    /** Of `deliver-events`. */
    eventsOut: file.functions['deliver-events'].events[0].stream,
    table: file.resources[0].Resources.JobmeterTable.Properties,
  };
};
