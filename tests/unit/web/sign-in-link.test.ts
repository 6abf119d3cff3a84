import { expect, test } from 'vitest';
import { readSignInLink } from '../../../web/sign-in-link.ts';

test('a sign-in link gives its token, and the page it leads to', () => {
  expect(readSignInLink('#token=a.b.c&to=%2Fprojects%2Fproj-1%2F2026-10')).toEqual({
    token: 'a.b.c',
    to: '#/projects/proj-1/2026-10',
  });
});

test('a route with signs of its own arrives as it was', () => {
  const to = '#/projects/a%3Ab/jobs/job-1/charge/2026-10-01T08%3A00%3A00.000Z';
  expect(readSignInLink(`#token=a.b.c&to=${encodeURIComponent(to)}`)?.to).toBe(to);
});

test.each(['#token=a.b.c', '#token=a.b.c&to=', '#to=%2F&token=a.b.c'])('%s leads to the start', (hash) => {
  expect(readSignInLink(hash)).toEqual({ token: 'a.b.c', to: '#/' });
});

test.each([
  'https://elsewhere.example/',
  '//elsewhere.example',
  'javascript:alert(1)',
  '/nowhere',
  '%',
  '/projects/%',
])('a link to %s stays on this page', (to) => {
  expect(readSignInLink(`#token=a.b.c&to=${encodeURIComponent(to)}`)?.to).toBe('#/');
});

test('a broken link is still a link, so that its token leaves the address', () => {
  expect(readSignInLink('#token=')?.token).toBe('');
  expect(readSignInLink('#token=%E0%A4%A&to=%')?.to).toBe('#/');
});

test.each(['', '#', '#/', '#/projects/token', '#/projects/p/jobs/token=a.b.c'])('%j is no link', (hash) => {
  expect(readSignInLink(hash)).toBeUndefined();
});
