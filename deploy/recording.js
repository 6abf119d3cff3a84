/** Invocations reserved for a function with a URL; without one the throttle of the API bounds them. */
export const concurrencyOf = (recordUrl, concurrency) => {
  if (String(recordUrl) !== 'true') return null;
  const reserved = Number(concurrency);
  if (!Number.isInteger(reserved) || reserved < 1)
    throw new Error(
      `recordConcurrency: ${concurrency} must be a whole number from 1: it bounds what a URL costs`,
    );
  return reserved;
};

/** The setting of the stage, for `serverless.yml`. */
export const concurrency = async ({ resolveVariable }) =>
  concurrencyOf(await resolveVariable('param:recordUrl'), await resolveVariable('param:recordConcurrency'));
