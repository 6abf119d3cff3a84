/**
 * List prices of AWS in us-east-1, in USD, without free tiers, as of 2026-11; bench/README.md says
 * how they were checked. Data of answers to the internet is not counted: of 6 million answers below
 * 1 KB the first 100 GB a month are free.
 */
export const PRICES = {
  /** https://aws.amazon.com/api-gateway/pricing/: HTTP APIs, the first 300 million a month. */
  apiRequest: 1 / 1e6,
  /** https://aws.amazon.com/lambda/pricing/: requests; those of a function URL cost no more. */
  invocation: 0.2 / 1e6,
  /** The same: duration on arm64, for each GB of memory and second. */
  gbSecond: 13.3334 / 1e6,
  /** https://aws.amazon.com/dynamodb/pricing/on-demand/: Lambda's reads of the stream are free. */
  writeUnit: 0.625 / 1e6,
  readUnit: 0.125 / 1e6,
  /** https://aws.amazon.com/dynamodb/pricing/provisioned/: a unit a second, for an hour. */
  writeCapacityHour: 0.00065,
  readCapacityHour: 0.00013,
  /** https://aws.amazon.com/cloudwatch/pricing/: collection of logs, standard class. */
  logGb: 0.5,
} as const;
