import { BEFORE, type Before, type FigureName } from './before.ts';

/** Limit of a figure. */
export interface Limit {
  readonly of: 'measured' | 'ratio';
  readonly is: 'at least' | 'at most';
  readonly value: number;
}

/** A line of the table. */
export interface Figure {
  readonly what: string;
  /** Under which the last release's value is kept in `before.ts`. */
  readonly name?: FigureName;
  readonly unit: string;
  readonly measured: number;
  /** The baseline without jobmeter's code, in the same unit. */
  readonly floor?: number;
  /** Absent on lines for comparison only. */
  readonly limit?: Limit;
  /** Further observations. */
  readonly note?: string;
}

/** A line that cannot be measured on this machine. */
export interface Missing {
  readonly what: string;
  readonly missing: string;
}

export type Line = Figure | Missing;

export interface RowOptions {
  /** Rounds per contender; figures are medians. */
  readonly rounds: number;
  /** Small amounts, to check that the benchmark runs. */
  readonly quick: boolean;
  onProgress(text: string): void;
}

/** A benchmark: measures and returns its lines. */
export type Row = (options: RowOptions) => Promise<readonly Line[]>;

export const ratioOf = ({ measured, floor }: Figure): number | undefined =>
  floor === undefined ? undefined : measured / floor;

/** The value of the last release, if the figure had one. */
export const beforeOf = ({ name }: Figure): Before | undefined =>
  name === undefined ? undefined : BEFORE[name];

/** Whether a figure is within its limit; undefined without one. */
export const reached = (figure: Figure): boolean | undefined => {
  if (!figure.limit) return undefined;
  const { of, is, value } = figure.limit;
  const judged = of === 'measured' ? figure.measured : (ratioOf(figure) ?? Number.NaN);
  return is === 'at least' ? judged >= value : judged <= value;
};

export const atMost = (value: number): Limit => ({ of: 'measured', is: 'at most', value });
export const ratioAtMost = (value: number): Limit => ({ of: 'ratio', is: 'at most', value });
export const ratioAtLeast = (value: number): Limit => ({ of: 'ratio', is: 'at least', value });
