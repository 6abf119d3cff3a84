import { issueToken } from '../../lib/http/tokens.ts';
import { Refusal } from '../../lib/refusal.ts';
import { type ApiClientOptions, createApiClient } from '../api-client.ts';
import type { Check } from './checks.ts';
import type { DemoStatement } from './scenario.ts';
import type { DemoStage, Get } from './stage.ts';

/** Who approves statements in the demo. */
export const APPROVER = 'ana';

interface Preview {
  readonly total: string;
  readonly currency: string;
  readonly draft?: { readonly digest: string; readonly state: string };
}

/** Approves the drafts of statements as they are expected, over the API. */
export const approveDrafts = async (
  { stack, settings, print }: DemoStage,
  patience: ApiClientOptions,
  get: Get,
  statements: readonly DemoStatement[],
  check: Check,
): Promise<void> => {
  const api = createApiClient(stack.url, patience);
  const token = await issueToken(
    settings.tokenSecret,
    { projects: 'all', scopes: ['statements:approve'], subject: APPROVER, expiresInSeconds: 600 },
    patience.now(),
  );
  for (const { projectId, month, total } of statements) {
    const path = `/v1/projects/${projectId}/statements/${month}`;
    const { draft, ...preview } = (await get(`${path}?preview=true`)) as Preview;
    check(`draft ${month} of ${projectId}`, [total, 'waits'], [preview.total, draft?.state]);
    const { status } = await api.call(`${path}/approval`, () => ({
      method: 'PUT',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ decision: 'approve', digest: draft?.digest }),
    }));
    if (status !== 200) throw new Refusal('unavailable', `PUT ${path}/approval answered ${status}`);
    print(`${APPROVER} approved the draft of ${projectId}: ${preview.total} ${preview.currency}`);
  }
};
