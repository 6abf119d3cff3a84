import * as v from 'valibot';

/** The provider's published API models, as far as its jobs and usage go: members, types, null. */

const Long = v.pipe(v.number(), v.safeInteger());
const Datetime = v.pipe(
  v.string(),
  v.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)$/),
  v.check((text) => !Number.isNaN(Date.parse(text))),
);
const orNull = <const Schema extends v.GenericSchema>(schema: Schema) => v.nullable(schema);

const State = v.picklist(
  'DONE ERROR FAILED FINALIZING INITIALIZING INTERRUPTED INTERRUPTING PENDING QUEUED RESTARTING RUNNING SYNC_FAILED TIMEOUT'.split(
    ' ',
  ),
);

const Resources = v.strictObject({
  ...{ cpu: Long, gpu: Long, memory: Long, ephemeralStorage: Long },
  ...{ privateNetwork: Long, publicNetwork: Long, flavor: v.string() },
  ...{ gpuBrand: orNull(v.string()), gpuMemory: orNull(Long), gpuModel: orNull(v.string()) },
});

const Spec = v.strictObject({
  ...{ image: v.string(), name: v.string(), region: v.string(), resources: Resources },
  labels: orNull(v.record(v.string(), v.string())),
  ...{ timeout: orNull(Long), timeoutAutoRestart: orNull(v.boolean()), unsecureHttp: orNull(v.boolean()) },
  ...{ command: orNull(v.array(v.string())), sshPublicKeys: orNull(v.array(v.string())) },
  envVars: orNull(v.array(v.strictObject({ name: v.string(), value: v.string() }))),
  ...{ defaultHttpPort: orNull(Long), grpcPort: orNull(Long) },
  ...{ partnerId: orNull(v.string()), readUser: orNull(v.string()) },
  ...{ shutdown: orNull(v.literal('Stop')), volumes: orNull(v.array(v.unknown())) },
});

const Status = v.strictObject({
  ...{ state: orNull(State), duration: orNull(Long), exitCode: orNull(Long) },
  history: v.array(v.strictObject({ date: Datetime, state: State })),
  info: v.strictObject({ code: v.pipe(v.string(), v.regex(/^JOB_[A-Z_]+$/)), message: v.string() }),
  ...{ queuedAt: orNull(Datetime), initializingAt: orNull(Datetime), startedAt: orNull(Datetime) },
  ...{ stoppedAt: orNull(Datetime), finalizedAt: orNull(Datetime), timeoutAt: orNull(Datetime) },
  ...{ lastTransitionDate: orNull(Datetime), dataSync: v.array(v.unknown()) },
  ...{ ip: orNull(v.string()), externalIp: orNull(v.string()), grpcAddress: orNull(v.string()) },
  ...{ infoUrl: orNull(v.string()), monitoringUrl: orNull(v.string()), sshUrl: orNull(v.string()) },
  ...{ url: orNull(v.string()), volumes: orNull(v.array(v.unknown())) },
});

export const Job = v.strictObject({
  id: v.pipe(v.string(), v.uuid()),
  ...{ createdAt: Datetime, updatedAt: Datetime, user: v.string(), spec: Spec, status: Status },
});

const Period = v.strictObject({ from: Datetime, to: Datetime });

const Component = v.strictObject({
  name: v.string(),
  quantity: v.strictObject({
    unit: v.picklist(['GiB', 'GiBh', 'Hour', 'Minute', 'Second', 'Unit']),
    value: v.number(),
  }),
  totalPrice: v.number(),
});

const TypedResources = v.strictObject({
  ...{ type: v.string(), totalPrice: v.number() },
  resources: v.array(v.strictObject({ region: v.string(), components: v.array(Component) })),
});

const usage = {
  ...{ period: Period, lastUpdate: Datetime, hourlyUsage: v.null(), monthlyUsage: v.null() },
  resourcesUsage: orNull(v.array(TypedResources)),
};
export const CurrentUsage = v.strictObject(usage);
export const PastUsage = v.strictObject({ id: v.string(), ...usage });
export const UsageHistory = v.array(v.strictObject({ id: v.string(), period: Period, lastUpdate: Datetime }));

const price = { currencyCode: v.string(), text: v.string(), value: v.number() };

export const Bill = v.strictObject({
  ...{ billId: v.string(), date: Datetime, orderId: Long, category: v.string(), pdfUrl: v.string() },
  ...{ url: v.string(), priceWithoutTax: v.strictObject(price), tax: v.strictObject(price) },
  priceWithTax: v.strictObject(price),
});

const Day = v.pipe(v.string(), v.regex(/^\d{4}-\d\d-\d\d$/));
export const BillDetail = v.strictObject({
  ...{ billDetailId: v.string(), description: v.string(), domain: v.string(), quantity: v.string() },
  ...{ periodStart: orNull(Day), periodEnd: orNull(Day), unitPrice: v.strictObject(price) },
  totalPrice: v.strictObject({ ...price, priceInUcents: Long }),
});

export const ApiProblem = v.strictObject({
  errorCode: v.pipe(v.string(), v.regex(/^[A-Z_]+$/)),
  httpCode: v.pipe(v.string(), v.regex(/^[45]\d\d [A-Z]/)),
  message: v.string(),
});
