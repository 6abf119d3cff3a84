import { expect, test } from 'vitest';
import {
  DECISION,
  DRAFT_CHANGED,
  STATEMENT_DRAFT,
  STATEMENT_PREVIEW,
} from '../../../lib/http/openapi/draft-examples.ts';
import { refusalAnswer } from '../../../lib/http/problem.ts';
import { draftView } from '../../../lib/operations/public-shapes.ts';
import { decide } from '../../../lib/operations/statements/decide.ts';
import { previewStatement } from '../../../lib/operations/statements/preview-statement.ts';
import { run } from '../operations/statement-story.ts';
import { createWorld } from '../operations/world.ts';
import { refusalOf } from './refused.ts';

test('the examples of drafts are what is answered', async () => {
  const world = await createWorld({ now: '2026-11-05T12:00:00Z' });
  await world.tell(...run('job-gpu', '2026-11-05T08:00:00Z', '2026-11-05T09:00:00Z'));
  world.setClock('2026-12-01T06:00:00Z');
  await world.close({ issue: 'approve' });
  world.setClock('2026-12-01T08:30:00Z');
  const approve = async () =>
    decide(await world.open(), {
      ...{ projectId: 'proj-1', month: '2026-11', decision: 'approve', digest: DECISION.digest },
      by: { kind: 'token', id: 'ana' },
    });
  expect(draftView(await approve())).toEqual(STATEMENT_DRAFT);

  await world.tell(...run('job-late', '2026-11-06T08:00:00Z', '2026-11-06T10:00:00Z'));
  expect(await previewStatement(await world.open(), 'proj-1', '2026-11')).toEqual(STATEMENT_PREVIEW);

  await world.close({ issue: 'approve' });
  const { body = '' } = refusalAnswer(await refusalOf(approve), 'PUT /v1/projects');
  expect(JSON.parse(body)).toEqual(DRAFT_CHANGED);
});
