import * as v from 'valibot';
import {
  type Env,
  isWebhookSecret,
  parse,
  refuseLocalSecret,
  Stage,
  Text,
  WEBHOOK_SECRET_RULE,
} from './environment.ts';

/** Public key of the local stack; only the stage `local` may use it. */
export const LOCAL_ENDPOINT_KEY = 'whsec_am9ibWV0ZXItbG9jYWwtZW5kcG9pbnQta2V5LTAxMjM=';

/** How events out are signed. */
export interface EndpointConfig {
  /** The secrets of endpoints are derived from it. */
  readonly endpointKey: string;
}

const EndpointEnv = v.object({
  STAGE: Stage,
  ENDPOINT_KEY: v.pipe(Text, v.check(isWebhookSecret, WEBHOOK_SECRET_RULE)),
});

/** From ENDPOINT_KEY. */
export const readEndpointConfig = (env: Env = process.env): EndpointConfig => {
  const { STAGE, ENDPOINT_KEY } = parse(EndpointEnv, env);
  refuseLocalSecret('ENDPOINT_KEY', ENDPOINT_KEY === LOCAL_ENDPOINT_KEY, STAGE);
  return Object.freeze({ endpointKey: ENDPOINT_KEY });
};
