import { describe, expect, test } from 'vitest';
import { groupingParameter, jobsParameters } from '../../../lib/http/job-parameters.ts';
import { toCursor } from '../../../lib/http/parameters.ts';
import { refusalOf } from './refused.ts';

describe('what usage is grouped by', () => {
  test.each([
    [undefined, undefined],
    ['flavor', { by: 'flavor' }],
    ['job', { by: 'job' }],
    ['status', { by: 'status' }],
    ['label:team', { by: 'label', key: 'team' }],
    ['label:acme.example/cost-center_1', { by: 'label', key: 'acme.example/cost-center_1' }],
  ])('%s', (value, grouping) => {
    expect(groupingParameter(value)).toEqual(grouping);
  });

  test.each(['', 'team', 'Flavor', 'label', 'label:', 'label:a:b', 'label:é', `label:${'x'.repeat(64)}`])(
    'is not %j',
    async (value) => {
      expect(await refusalOf(() => groupingParameter(value))).toMatchObject({
        code: 'invalid',
        errors: [
          { pointer: 'groupBy', detail: 'must be flavor, job, status, or label: and the key of a label' },
        ],
      });
    },
  );
});

describe('the jobs of a page', () => {
  test('are by default a hundred by id', () => {
    expect(jobsParameters({})).toEqual({ sort: 'id', order: 'asc', limit: 100 });
  });

  test('are chosen by all parameters together; a value of a label may have colons, or be empty', () => {
    const query = { sort: 'cost', q: 'train-', flavor: 'ai1-1-gpu', status: 'DONE,FAILED', limit: '7' };
    expect(jobsParameters({ ...query, label: 'team:a:b' })).toEqual({
      ...{ sort: 'cost', order: 'desc', limit: 7, idPart: 'train-', flavor: 'ai1-1-gpu' },
      statuses: ['DONE', 'FAILED'],
      label: { key: 'team', value: 'a:b' },
    });
    expect(jobsParameters({ label: 'team:' }).label).toEqual({ key: 'team', value: '' });
  });

  test('follow the position of a cursor', () => {
    expect(jobsParameters({ cursor: toCursor(['job-1']) }).after).toEqual(['job-1']);
    const after = ['1762300800000', '1930', 'job-1'];
    expect(jobsParameters({ sort: 'cost', cursor: toCursor(after) }).after).toEqual(after);
  });

  test.each([
    ['sort', 'price'],
    ['order', 'down'],
    ['label', 'team'],
    ['label', ':vision'],
    ['label', 'a b:c'],
    ['status', 'running'],
    ['status', ''],
    ['status', 'DONE,'],
    ['status', 'DONE FAILED'],
    ['flavor', 'a#b'],
    ['q', ''],
    ['q', 'a#b'],
    ['q', 'x'.repeat(129)],
    ['limit', '1001'],
    ['cursor', toCursor(['1762300800000', '1930', 'job-1'])],
  ])('are refused for %s=%j', async (name, value) => {
    expect(await refusalOf(() => jobsParameters({ [name]: value }))).toMatchObject({
      code: 'invalid',
      errors: [{ pointer: name }],
    });
  });

  test.each([
    [['job-1']],
    [['1930', 'job-1']],
    [['1762300800000', '19.30', 'job-1']],
    [['1762300800000', '-1', 'job-1']],
    [['2026-10-05', '1930', 'job-1']],
  ])('by cost are refused for the cursor of %j', async (position) => {
    expect(await refusalOf(() => jobsParameters({ sort: 'cost', cursor: toCursor(position) }))).toMatchObject(
      {
        code: 'invalid',
        errors: [{ pointer: 'cursor' }],
      },
    );
  });
});
