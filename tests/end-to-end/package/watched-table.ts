import type { IncomingHttpHeaders } from 'node:http';
import { startTableProxy } from '../table-proxy.ts';

/** DynamoDB Local behind a proxy that keeps the headers of each call. */
export const startWatchedTable = async (dynamoDbPort: number) => {
  const seen: IncomingHttpHeaders[] = [];
  const proxy = await startTableProxy(dynamoDbPort, ({ headers }) => {
    seen.push(headers);
    return false;
  });
  return { ...proxy, seen: seen as readonly IncomingHttpHeaders[] };
};
