import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { localClientConfig } from '../../local/environment.ts';
import { createInvoke } from '../../local/functions.ts';
import { readServerlessFile } from '../../local/serverless-file.ts';
import { startStreamTrigger } from '../../local/stream-trigger.ts';

/**
 * The stream trigger of the local stack as a process of its own: `trigger.ts <endpoint> <stream
 * ARN> [<lambda port> <function>]`. Without a function it settles in its own process. Sends 0 once
 * it reads. A number sent to it comes back when every earlier write has been handled.
 */
const [endpoint, streamArn, lambdaPort, functionName] = process.argv.slice(2);
assert(endpoint && streamArn, 'two arguments, or four');
const invoke = functionName
  ? createInvoke(Number(lambdaPort), functionName)
  : (await import('../../functions/settle-jobs.ts')).handler;

const ASK_AGAIN_MS = 200;

const trigger = startStreamTrigger({
  client: new DynamoDBStreamsClient(localClientConfig(endpoint)),
  streamArn,
  settings: readServerlessFile().stream,
  invoke,
  onLog: (line) => process.stderr.write(`${line}\n`),
});

/** Retries where the table cannot be reached. */
const idle = async (): Promise<void> => {
  for (;;) {
    try {
      return await trigger.idle();
    } catch {
      await pause(ASK_AGAIN_MS);
    }
  }
};

process.on('message', (question) => {
  void idle().then(() => process.send?.(question));
});
// The parent process is gone.
process.on('disconnect', () => process.exit());
process.send?.(0);
