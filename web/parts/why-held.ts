import type { Held } from '../../lib/shapes/charge.ts';

/** Why time is held, as the end of a sentence. */
export const WHY_HELD: Readonly<Record<Held['cause'], string>> = {
  maxRunning: 'it ran longer than the tariff allows, and no stop was reported',
  timeout: 'it ran longer than its own timeout, and no stop was reported',
  maxSilence: 'nothing was reported of it for longer than the tariff allows',
  'forbidden step': 'it began to run after it had ended, so a start or a stop has a wrong time',
};
