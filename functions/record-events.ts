import { readLogConfig, readTableConfig, readWebhookConfig } from '../lib/config.ts';
import { connect } from '../lib/connect.ts';
import { accepted } from '../lib/http/answers.ts';
import { httpHandler } from '../lib/http/http-handler.ts';
import { parseEvents } from '../lib/http/parse-events.ts';
import { SIGNED_ROUTE } from '../lib/http/problem.ts';
import { verifyWebhook } from '../lib/http/webhook-signature.ts';
import { createLogSample } from '../lib/log-sample.ts';
import { createCount } from '../lib/metrics.ts';
import { recordEvents } from '../lib/operations/record-events.ts';

const { secrets } = readWebhookConfig();
const config = readTableConfig();
const count = createCount(config.stage);
const { openContext, now } = connect(config);

/** POST /v1/events, behind the API or at a URL of its own: records signed job status events. */
export const handler = httpHandler(
  async (request, note) => {
    const at = now();
    const signed = verifyWebhook(request, secrets, at, () => count({ RefusedSignatures: 1 }));
    const events = parseEvents(signed, at);
    note({
      events: events.map(({ fact: { projectId, jobId, source, id } }) => ({ projectId, jobId, source, id })),
    });
    const { store } = await openContext('write');
    return accepted({ results: await recordEvents(store, events, at) });
  },
  {
    isSampled: createLogSample(readLogConfig().sample),
    urlRoute: SIGNED_ROUTE,
  },
);
