import type { Held } from '../../lib/shapes/charge.ts';

/** Why time is held, and what settles it, as the end of a sentence. */
export const WHY_HELD: Readonly<Record<Held['cause'], string>> = {
  maxRunning:
    'no stop was reported within the longest run of the tariff; the stop settles it, or another tariff',
  timeout: 'no stop was reported within the timeout of the job; the stop settles it',
  maxSilence:
    'nothing was reported for longer than the tariff allows; the stop settles it, or any sign of life',
  'forbidden step':
    'it began to run after it had ended, so a start or a stop has a wrong time; the next stop settles it, or a retraction of the wrong event',
};
