/**
 * Makes `Date` tell a time that is shifted by so many milliseconds, from now on, for everything that
 * reads the clock through it. What is computed from given times is as before. Depends on nothing around
 * it, so that it can be handed to a browser.
 */
export const shiftDate = (shiftMs: number | (() => number)): void => {
  const RealDate = Date;
  const realNow = Date.now;
  const now = () => realNow() + (typeof shiftMs === 'number' ? shiftMs : shiftMs());
  RealDate.now = now;
  const ShiftedDate = new Proxy(RealDate, {
    construct: (target, args, newTarget) =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
    apply: (target) => new target(now()).toString(),
  });
  RealDate.prototype.constructor = ShiftedDate;
  globalThis.Date = ShiftedDate;
};
