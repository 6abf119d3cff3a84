import { STATEMENT } from './examples.ts';

/** The draft of a November, approved; then a job is reported late. A test plays it. */

const NO_CHARGES = { count: 0, charges: [] };

const DIGEST = 'sha256:3e28799e875401a8c2ac0748bd17892b617a9f91807938fc39f7c5133faad053';

export const DECISION = { decision: 'approve', digest: DIGEST };

export const STATEMENT_DRAFT = {
  state: 'approved',
  digest: DIGEST,
  currency: 'EUR',
  total: '3.86',
  preparedAt: '2026-12-01T06:00:00.000Z',
  decision: { by: { kind: 'token', id: 'ana' }, at: '2026-12-01T08:30:00.000Z' },
};

export const STATEMENT_PREVIEW = {
  preview: true,
  projectId: 'proj-1',
  timeZone: 'UTC',
  month: '2026-11',
  currency: 'EUR',
  total: '11.58',
  digest: 'sha256:3f524b349ba2f5246668052e1f2204c4f52866346f13cb8964a053611cef28a3',
  lines: [
    {
      flavor: 'ai1-1-gpu',
      unit: 'gpu',
      usageMonth: '2026-11',
      kind: 'usage',
      minutes: 180,
      unitMinutes: 360,
      pricePerHour: '1.93',
      amount: '11.58',
      currency: 'EUR',
      cumulativeUnitMinutes: 360,
    },
  ],
  included: STATEMENT.included,
  unrated: NO_CHARGES,
  held: NO_CHARGES,
  draft: STATEMENT_DRAFT,
  differences: {
    currency: 'EUR',
    total: '7.72',
    lines: [
      {
        change: 'changed',
        flavor: 'ai1-1-gpu',
        unit: 'gpu',
        usageMonth: '2026-11',
        pricePerHour: '1.93',
        before: '3.86',
        now: '11.58',
      },
    ],
  },
};

export const DRAFT_CHANGED = {
  digest: 'sha256:3f524b349ba2f5246668052e1f2204c4f52866346f13cb8964a053611cef28a3',
  detail:
    'the draft of proj-1 for 2026-11 has changed since it was read: it is sha256:3f524b349ba2f5246668052e1f2204c4f52866346f13cb8964a053611cef28a3 now, of 11.58 EUR',
  type: 'urn:jobmeter:problem:conflict',
  title: 'Conflict',
  status: 409,
};
