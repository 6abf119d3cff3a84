import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isSamePage, linkTo, parseRoute, type Route, withChoices } from '../../../web/route.ts';

const Id = fc.stringMatching(/^[A-Za-z0-9._:-]{1,128}$/);
const Month = fc.constantFrom('2026-01', '2026-10', '2027-12');
/** An event's key holds a source, which is any printable text. */
const Key = fc.string({ minLength: 1, unit: 'grapheme-ascii' });

/** What a page lets choose: names are words, values any text. */
const Choices = fc.dictionary(
  fc.stringMatching(/^[a-z]{1,8}$/).filter((name) => name !== '__proto__'),
  fc.string({ minLength: 1, unit: 'grapheme-ascii' }),
  { minKeys: 1, maxKeys: 4, noNullPrototype: true },
);

const AnyRoute: fc.Arbitrary<Route> = fc.oneof(
  fc.constant({ view: 'projects' as const }),
  fc.record({ view: fc.constant('project' as const), projectId: Id }),
  fc.record({ view: fc.constant('project' as const), projectId: Id, month: Month }),
  fc.record({ view: fc.constant('projects' as const), choices: Choices }),
  fc.constant({ view: 'operations' as const }),
  fc.record({ view: fc.constant('operations' as const), choices: Choices }),
  fc.record({ view: fc.constant('project' as const), projectId: Id, month: Month, choices: Choices }),
  fc.record({ view: fc.constant('statement' as const), projectId: Id, month: Month }),
  fc.record({ view: fc.constant('reconciliation' as const), projectId: Id, month: Month }),
  fc.record({ view: fc.constant('job' as const), projectId: Id, jobId: Id }),
  fc.record({ view: fc.constant('job' as const), projectId: Id, jobId: Id, event: Key }),
  fc.record({ view: fc.constant('job' as const), projectId: Id, jobId: Id, charge: Key }),
);

test('every link leads to the page it names', () => {
  fc.assert(
    fc.property(AnyRoute, (route) => {
      expect(parseRoute(linkTo(route))).toEqual(route);
    }),
  );
});

test.each(['', '#', '#/', '#/projects', '#/projects/'])('%j is the list of projects', (hash) => {
  expect(parseRoute(hash)).toEqual({ view: 'projects' });
});

test.each([
  '#/jobs',
  '#/projects/p/jobs',
  '#/projects/p/2026-13',
  '#/projects/p/october',
  '#/projects/p/2026-10/invoice',
  '#/projects/p/2026-10/statement/x',
  '#/projects/p/2026-10/reconciliation/x',
  '#/projects/p/jobs/j/event',
  '#/projects/p/jobs/j/step/1',
  '#/jobs/j',
  '#/projects/p/jobs/%E0%A4%A',
  '#/nowhere',
])('%s leads nowhere', (hash) => {
  expect(parseRoute(hash)).toEqual({ view: 'unknown' });
});

test('an event or charge of a job is a place on its page', () => {
  const job: Route = { view: 'job', projectId: 'p', jobId: 'job-1' };
  expect(isSamePage(job, { ...job, event: 'e' })).toBe(true);
  expect(isSamePage(job, { view: 'job', projectId: 'p', jobId: 'job-2' })).toBe(false);
  expect(isSamePage(job, { view: 'job', projectId: 'q', jobId: 'job-1' })).toBe(false);
  expect(
    isSamePage({ view: 'project', projectId: 'p' }, { view: 'project', projectId: 'p', month: '2026-10' }),
  ).toBe(false);
});

test('choices are changed one by one, taken back, and are no page of their own', () => {
  const page: Route = { view: 'project', projectId: 'p', month: '2026-10' };
  const failed = withChoices(page, { status: 'FAILED' });
  const both = withChoices(failed, { q: 'loop', sort: undefined });
  expect(both).toEqual({ ...page, choices: { status: 'FAILED', q: 'loop' } });
  expect(withChoices(withChoices(both, { status: undefined }), { q: '' })).toEqual(page);
  expect(isSamePage(page, both)).toBe(true);
});
