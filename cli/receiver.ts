import { Refusal } from '../lib/refusal.ts';
import { readLocalSettings } from '../local/settings.ts';
import { type Receiver, signingSecret } from './sender.ts';
import type { GlobalOptions } from './stage.ts';

/** The API that events are sent to, and the secret that signs them. */
export const receiverOf = ({ stage, url }: GlobalOptions & { readonly url?: string }): Receiver => {
  if (stage === 'local') {
    const { port, webhookSecret } = readLocalSettings();
    return { url: url ?? `http://localhost:${port}`, secret: signingSecret(stage, webhookSecret) };
  }
  if (url === undefined) throw new Refusal('invalid', `name the URL of stage ${stage}: --url https://...`);
  return { url, secret: signingSecret(stage, process.env.WEBHOOK_SECRET) };
};
