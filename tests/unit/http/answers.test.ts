import { describe, expect, test } from 'vitest';
import { type HttpAnswer, ok, refuseTooLarge, withFittingList } from '../../../lib/http/answers.ts';
import { tooLargeGroups } from '../../../lib/http/job-parameters.ts';
import { refusalOf } from './refused.ts';

const LAMBDA_BYTES = 6 * 1024 * 1024;
const bytesOf = (answer: HttpAnswer) => Buffer.byteLength(JSON.stringify(answer));

/** A list of labels, each a kilobyte in the table and four in the answer of a Lambda. */
const labels = (count: number) => ok(Array.from({ length: count }, () => '\\'.repeat(1_024)));
const countOf = ({ body = '' }: HttpAnswer): number => JSON.parse(body).length;

describe('an answer that is too large for a Lambda once it is JSON', () => {
  test('has fewer entries, and as many as were requested where they fit', async () => {
    const [most, more] = await Promise.all([1_000, 2_000].map((count) => withFittingList(count, labels)));
    expect([most, more].map((answer) => answer && countOf(answer))).toEqual([1_000, 1_000]);
    const whole = labels(2_000);
    expect(Buffer.byteLength(whole.body ?? '')).toBeLessThan(LAMBDA_BYTES);
    expect(bytesOf(whole)).toBeGreaterThan(LAMBDA_BYTES);
  });

  test('has one entry at least', async () => {
    expect(countOf(await withFittingList(5, (count) => labels(count * 2_000)))).toBe(2_000);
  });

  test('is refused where it has no shorter form', async () => {
    expect(refuseTooLarge(labels(1_000), tooLargeGroups)).toEqual(labels(1_000));
    expect(await refusalOf(() => refuseTooLarge(labels(2_000), tooLargeGroups))).toMatchObject({
      ...{ code: 'invalid', errors: [{ pointer: 'groupBy' }] },
    });
  });
});
