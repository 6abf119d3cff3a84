import type { Agent } from 'node:http';
import { isLoopback } from './endpoint-url.ts';

/** The addresses of this machine that the stage local may call. */
const LOOPBACK_ADDRESSES = ['127.0.0.1', '::1'];

/**
 * An agent that connects to public addresses only: it checks each address that a name is resolved to
 * and uses no other. On the stage local, to this machine if the URL says so.
 */
export const createPublicAgent = async (url: URL, stage: string): Promise<Agent> => {
  const { RequestFilteringHttpAgent, RequestFilteringHttpsAgent } = await import('request-filtering-agent');
  const isThisMachine = stage === 'local' && isLoopback(url);
  const options = {
    keepAlive: false,
    ...(isThisMachine && { allowIPAddressList: LOOPBACK_ADDRESSES }),
  };
  return url.protocol === 'https:'
    ? new RequestFilteringHttpsAgent(options)
    : new RequestFilteringHttpAgent(options);
};
