/**
 * A clock that only its own pauses and `advance` move, and the pauses there were, in milliseconds.
 */
export const createClock = (startsAt = Date.parse('2026-10-01T08:00:00Z')) => {
  let now = startsAt;
  const pauses: number[] = [];
  const advance = (ms: number) => {
    now += ms;
  };
  const pause = async (ms: number) => {
    pauses.push(ms);
    advance(ms);
  };
  return { now: () => now, pause, pauses, advance };
};
