import type { DynamoDbClient } from '../lib/store/dynamodb-client.ts';
import { type Call, wrapClient } from './wrap-client.ts';

/** A client that records its calls. */
export const recordCalls = (client: DynamoDbClient) => {
  let calls: Call[] = [];
  return {
    client: wrapClient(client, (call, make) => {
      calls.push(call);
      return make(call);
    }),
    /** The calls since the last take. */
    take(): readonly Call[] {
      const taken = calls;
      calls = [];
      return taken;
    },
  };
};
