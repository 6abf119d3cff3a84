import type { SendOutcome } from '../operations/deliver/receivers.ts';
import type { Endpoint } from '../store/endpoints.ts';
import { signingSecrets } from './endpoint-secret.ts';
import { sendWebhook, type WebhookSettings, webhookId } from './send-webhook.ts';

/** Sends an endpoint a signed event that is about nothing and is not stored. */
export const sendTest = (
  settings: WebhookSettings,
  endpointKey: string,
  endpoint: Endpoint,
): Promise<SendOutcome> => {
  const { endpointId, url } = endpoint;
  const time = new Date(settings.now()).toISOString();
  const id = `endpoint.test/${endpointId}/${time}`;
  const event = {
    ...{ specversion: '1.0', type: 'endpoint.test', source: `urn:jobmeter:${settings.stage}`, id },
    ...{ subject: endpointId, time, datacontenttype: 'application/json', data: { endpointId } },
  };
  const secrets = signingSecrets(endpointKey, endpoint, settings.now());
  return sendWebhook(settings, { url, id: webhookId(id), body: JSON.stringify(event), secrets });
};
