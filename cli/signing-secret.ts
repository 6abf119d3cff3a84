import { readTokenConfig } from '../lib/config.ts';
import { Refusal } from '../lib/refusal.ts';
import { readLocalSettings } from '../local/settings.ts';

/** TOKEN_SECRET, which on the local stage has a public default. */
export const signingSecret = (stage: string): string => {
  if (stage === 'local') return readLocalSettings().tokenSecret;
  const config = readTokenConfig({ ...process.env, STAGE: stage });
  if (config.kind === 'secret') return config.secret;
  throw new Refusal('invalid', `stage ${stage} accepts tokens of ${config.issuer}: request one there`);
};
