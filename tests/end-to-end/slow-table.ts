import type { IncomingMessage, ServerResponse } from 'node:http';
import { startTableProxy } from './table-proxy.ts';

/** What a table does that has more to do than it can. */
const busy = (call: IncomingMessage, answer: ServerResponse) => {
  call.resume();
  answer.writeHead(503, { 'content-type': 'text/plain' }).end('busy');
};

/** DynamoDB Local behind a door: while it is shut every call is answered that the table is busy. */
export const startSlowTable = async (dynamoDbPort: number) => {
  let isOpen = true;
  let turnedAway = 0;
  const proxy = await startTableProxy(dynamoDbPort, (call, answer) => {
    if (isOpen) return false;
    turnedAway += 1;
    busy(call, answer);
    return true;
  });
  return {
    ...proxy,
    open() {
      isOpen = true;
    },
    shut() {
      isOpen = false;
    },
    /** Calls that met a shut door. */
    turnedAway: () => turnedAway,
  };
};
