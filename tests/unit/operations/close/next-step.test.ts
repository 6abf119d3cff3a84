import { describe, expect, test } from 'vitest';
import { type CloseState, nextStep } from '../../../../lib/operations/close/close-months.ts';
import type { ShardProgress } from '../../../../lib/store/close-progress.ts';
import { SHARD_COUNT } from '../../../../lib/store/keys.ts';

const NOW = Date.parse('2026-11-01T06:00:00Z');
const HOUR = 3_600_000;

const shard = (number: number, progress: Partial<ShardProgress> = {}): ShardProgress => ({
  ...{ shard: number, step: 'billing', count: 0, of: 0, statements: 0, failures: [] },
  ...{ leaseUntil: 0, savedAt: NOW, version: 1 },
  ...progress,
});
const allBut = (...numbers: number[]) =>
  new Set([...Array(SHARD_COUNT).keys()].filter((number) => !numbers.includes(number)));
const step = (state: Partial<CloseState>) =>
  nextStep({
    ...{ shards: [], handled: new Set<number>(), shared: true, unfinished: false },
    ...{ now: NOW, deadline: Number.POSITIVE_INFINITY },
    ...state,
  });

describe('the next step of a close', () => {
  test('is the first shard that it has not handled', () => {
    expect(step({})).toEqual({ closeShard: 0 });
    expect(step({ handled: allBut(7, 9) })).toEqual({ closeShard: 7 });
  });

  test('passes over a shard with a lease of another close, and takes it when the lease ends', () => {
    const shards = [shard(7, { leaseUntil: NOW + 1 })];
    expect(step({ shards, handled: allBut(7, 9) })).toEqual({ closeShard: 9 });
    expect(step({ shards, handled: allBut(7) })).toBe('leave');
    expect(step({ shards, handled: allBut(7), now: NOW + 1 })).toEqual({ closeShard: 7 });
  });

  test('waits for no lease where it does not share', () => {
    const shards = [shard(7, { leaseUntil: NOW + 1 })];
    expect(step({ shards, handled: allBut(7), shared: false })).toEqual({ closeShard: 7 });
  });

  test('leaves a shard that is done to itself for twelve hours, where it shares', () => {
    const shards = [shard(7, { step: 'done', savedAt: NOW - 12 * HOUR + 1 })];
    expect(step({ shards, handled: allBut(7) })).toBe('end month');
    expect(step({ shards, handled: allBut(7), now: NOW + 1 })).toEqual({ closeShard: 7 });
    expect(step({ shards, handled: allBut(7), shared: false })).toEqual({ closeShard: 7 });
  });

  test('ends the month when no shard is left, unless one of its own is unfinished', () => {
    expect(step({ handled: allBut() })).toBe('end month');
    expect(step({ handled: allBut(), unfinished: true })).toBe('leave');
  });

  test('begins no shard after the deadline, and ends a month all the same', () => {
    expect(step({ deadline: NOW })).toBe('leave');
    expect(step({ deadline: NOW, handled: allBut() })).toBe('end month');
  });
});
