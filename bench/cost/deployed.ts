import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { parse } from 'yaml';
import { PROJECT_DIR } from '../../local/serverless-file.ts';

const FunctionSettings = v.object({ memorySize: v.optional(v.number()) });

const ServerlessFile = v.object({
  params: v.object({ default: v.object({ batchWindow: v.number(), logSample: v.string() }) }),
  provider: v.object({ architecture: v.literal('arm64'), memorySize: v.number() }),
  functions: v.object({ 'record-events': FunctionSettings, 'settle-jobs': FunctionSettings }),
});

/** The settings of `serverless.yml` that costs follow from. */
export const readDeployed = () => {
  const text = readFileSync(new URL('serverless.yml', PROJECT_DIR), 'utf8');
  const { params, provider, functions } = v.parse(ServerlessFile, parse(text, { merge: true }));
  const memoryOf = ({ memorySize = provider.memorySize }: v.InferOutput<typeof FunctionSettings>) =>
    memorySize;
  return {
    windowMs: params.default.batchWindow * 1_000,
    logSample: Number(params.default.logSample),
    memoryMb: {
      record: memoryOf(functions['record-events']),
      settle: memoryOf(functions['settle-jobs']),
    },
  };
};
