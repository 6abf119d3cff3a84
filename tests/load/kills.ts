import { setTimeout as pause } from 'node:timers/promises';
import type { Random } from '../../simulation/random.ts';
import type { PartName, Parts } from './parts.ts';

/** A part that was killed. Times by `performance.now`. */
export interface Kill {
  readonly part: PartName;
  readonly killedAt: number;
  readonly recoveredAt: number;
}

export interface Killer {
  readonly kills: readonly Kill[];
  /** Kills the part, starts it again a moment later and waits until it does its work. */
  strike(part: PartName): Promise<void>;
}

/**
 * Kills parts with SIGKILL. Database and functions have recovered when `probe`, an event, is
 * accepted; the trigger when every earlier write has been delivered.
 */
export const createKiller = (parts: Parts, random: Random, probe: () => Promise<void>): Killer => {
  const kills: Kill[] = [];
  return {
    kills,
    async strike(part) {
      const killedAt = performance.now();
      await parts.kill(part);
      await pause(random.integer(200, 1_500));
      await parts.start(part);
      await (part === 'trigger' ? parts.caughtUp() : probe());
      kills.push({ part, killedAt, recoveredAt: performance.now() });
    },
  };
};
