/**
 * Reports that a job runs, and reads what its project has used.
 *
 * `npm start` in one terminal, then `TOKEN=$(npx jobmeter token --project proj-1) node docs/examples/first-event.ts`
 * (`npx node` on Linux x64 with an older Node).
 */
import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';

const {
  JOBMETER_URL: url = 'http://localhost:3000',
  WEBHOOK_SECRET: secret = 'whsec_am9ibWV0ZXItbG9jYWwtd2ViaG9vay1zZWNyZXQ=',
  TOKEN: token,
} = process.env;
if (token === undefined) throw new Error('set TOKEN to what npx jobmeter token --project proj-1 prints');
const projectId = 'proj-1';
const jobId = `job-${randomUUID()}`;

/** Whatever else is answered is a problem (RFC 9457), which says what is wrong. */
const call = async (path: string, init: RequestInit) => {
  const response = await fetch(new URL(path, url), init);
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status} ${text}`);
  return JSON.parse(text);
};

/**
 * Sends a CloudEvent, signed. Its source, id and subject identify it for ever: sent again, it
 * counts once.
 */
const send = (event: object) => {
  const body = JSON.stringify(event);
  const id = `msg_${randomUUID()}`;
  const now = new Date();
  return call('/v1/events', {
    method: 'POST',
    headers: {
      'content-type': 'application/cloudevents+json',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
      'webhook-signature': new Webhook(secret).sign(id, now, body),
    },
    body,
  });
};

const recorded = await send({
  specversion: '1.0',
  type: 'training.job.status',
  source: 'https://gra.training.example',
  id: `${jobId}-1`,
  subject: jobId,
  time: new Date().toISOString(),
  data: { projectId, status: 'RUNNING', resources: { flavor: 'ai1-1-gpu', gpu: 2, cpu: 26 } },
});
console.log(JSON.stringify(recorded));

/** The event is stored for good. What it costs follows a moment later. */
const readUsage = async (attempts: number): Promise<unknown> => {
  const usage = await call(`/v1/projects/${projectId}/usage`, {
    headers: { authorization: `Bearer ${token}` },
  });
  if (JSON.stringify(usage).includes(jobId)) return usage;
  if (attempts === 1) throw new Error(`no usage of ${jobId} yet`);
  await setTimeout(1_000);
  return readUsage(attempts - 1);
};

console.log(JSON.stringify(await readUsage(30)));
