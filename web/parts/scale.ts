const STEPS = [1, 2, 2.5, 5, 10];

/** The ends of an axis from 0 to at least `highest`, in about four round steps. */
export const axisOf = (highest: number): readonly number[] => {
  if (highest <= 0) return [0, 1];
  const rough = highest / 4;
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  const step = (STEPS.find((factor) => factor * magnitude >= rough) ?? 10) * magnitude;
  const steps = Math.ceil(highest / step - 1e-9);
  return Array.from({ length: steps + 1 }, (_, index) => index * step);
};
