import type { Send } from '../operations/deliver/receivers.ts';
import { signingSecrets } from './endpoint-secret.ts';
import { sendWebhook, type WebhookSettings, webhookId } from './send-webhook.ts';

/** Sends events to endpoints, signed with the secrets that follow from the stage's key. */
export const createSend =
  (settings: WebhookSettings, endpointKey: string): Send =>
  (endpoint, event) =>
    sendWebhook(settings, {
      ...{ url: endpoint.url, id: webhookId(event.id), body: JSON.stringify(event) },
      secrets: signingSecrets(endpointKey, endpoint, settings.now()),
    });
