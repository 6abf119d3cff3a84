/**
 * Shifts the clock that `Date` reads by so many milliseconds from now on. Computing with given
 * times stays. Self-contained, so that it can be sent to a browser.
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
