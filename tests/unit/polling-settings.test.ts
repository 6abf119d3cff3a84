import { expect, test } from 'vitest';

interface PollingSettings {
  credentialsOf(projects: string, secret: string): string;
  scheduleOf(projects: string, schedules: unknown): boolean;
  silenceOf(projects: string, schedules: unknown): string;
  stopProjectsOf(projects: string, stop: string): string;
}

const { credentialsOf, scheduleOf, silenceOf, stopProjectsOf }: PollingSettings = await import(
  new URL('../../deploy/polling.js', import.meta.url).href
);

test('a stage without projects reads no credentials from its secret, and does not poll', () => {
  for (const none of ['', ' ']) {
    expect(credentialsOf(none, 'resolve')).toBe('');
    expect(scheduleOf(none, true)).toBe(false);
    expect(silenceOf(none, true)).toBe('notBreaching');
  }
});

test('a stage with projects polls them, and alarms where polls are not reported', () => {
  expect(credentialsOf('p1 p2=mine', 'resolve')).toBe('resolve');
  for (const schedules of [true, 'true']) {
    expect(scheduleOf('p1', schedules)).toBe(true);
    expect(silenceOf('p1', schedules)).toBe('breaching');
  }
});

test('a stage whose schedules are off polls by hand only', () => {
  for (const schedules of [false, 'false']) {
    expect(credentialsOf('p1', 'resolve')).toBe('resolve');
    expect(scheduleOf('p1', schedules)).toBe(false);
    expect(silenceOf('p1', schedules)).toBe('notBreaching');
  }
});

test('deliveries know projects, and so credentials, only where jobs may be stopped', () => {
  expect(stopProjectsOf('p1 p2=mine', 'allowed')).toBe('p1 p2=mine');
  for (const stop of ['not', '', 'yes']) expect(stopProjectsOf('p1', stop)).toBe('');
});
