import type { DynamoDbClient } from '../lib/store/dynamodb-client.ts';
import { type Call, wrapClient } from './wrap-client.ts';

/** A client that writes down every call it makes. */
export const recordCalls = (client: DynamoDbClient) => {
  let calls: Call[] = [];
  return {
    client: wrapClient(client, (call, make) => {
      calls.push(call);
      return make(call);
    }),
    /** The calls since the last time. */
    take(): readonly Call[] {
      const taken = calls;
      calls = [];
      return taken;
    },
  };
};
