/** One of whatever is counted, a unit minute or a unit of the currency, in the scale of amounts. */
export const ONE = 60n * 10n ** 15n;

/** Digits after the point that a figure keeps. */
const DECIMALS = 15;

/** A figure of a bill, in {@link ONE}s. */
export interface Figure {
  readonly value: bigint;
  /** Half of the last digit that the figure carries: what rounding may have left out. */
  readonly tolerance: bigint;
  /** Digits after the point. */
  readonly decimals: number;
}

/** Digits that a double keeps of a decimal. What comes after them is noise of its additions. */
const DOUBLE_DIGITS = 15;

/** The decimal that a double stands for: 0.1 + 0.2 is 0.3. */
const textOf = (double: number): string => {
  const isNoisy = !Number.isInteger(double) && String(double).replace(/e.*|\D/g, '').length > DOUBLE_DIGITS;
  return isNoisy ? String(Number(double.toPrecision(DOUBLE_DIGITS))) : String(double);
};

/** A double as a plain decimal of integer digits and a power of ten. */
const decimalOf = (double: number): { readonly digits: bigint; readonly decimals: number } => {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(textOf(double)) ?? [];
  const decimals = fraction.length - Number(exponent);
  const digits = BigInt(`${sign}${whole}${fraction}`);
  return decimals >= 0 ? { digits, decimals } : { digits: digits * 10n ** BigInt(-decimals), decimals: 0 };
};

const figureOf = (double: number, leastDecimals: number): Figure => {
  const { digits, decimals } = decimalOf(double);
  const kept = Math.min(Math.max(decimals, leastDecimals), DECIMALS);
  return {
    value: (digits * ONE) / 10n ** BigInt(decimals),
    tolerance: ONE / (2n * 10n ** BigInt(kept)),
    decimals: kept,
  };
};

/** Reads a quantity. A whole number of it was not rounded. */
export const readQuantity = (double: number): Figure => {
  const figure = figureOf(double, 0);
  return figure.decimals === 0 ? { ...figure, tolerance: 0n } : figure;
};

/** Reads money. It carries at least the digits of the minor unit, though JSON drops zeros. */
export const readAmount = (double: number, minorDigits: number): Figure => figureOf(double, minorDigits);

export const NO_FIGURE: Figure = { value: 0n, tolerance: 0n, decimals: 0 };

/** The sum of two figures; what rounding left out of each adds up. */
export const addFigures = (a: Figure, b: Figure): Figure => ({
  value: a.value + b.value,
  tolerance: a.tolerance + b.tolerance,
  decimals: Math.max(a.decimals, b.decimals),
});

/** A figure in another unit: `times / parts` of it. */
export const convertFigure = (figure: Figure, times: bigint, parts: bigint): Figure => ({
  value: (figure.value * times) / parts,
  tolerance: (figure.tolerance * times) / parts,
  decimals: figure.decimals,
});
