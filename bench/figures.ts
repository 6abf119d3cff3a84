/** What a figure has to keep. */
export interface Limit {
  readonly of: 'measured' | 'ratio';
  readonly is: 'at least' | 'at most';
  readonly value: number;
}

/** One line of the bench's table. */
export interface Figure {
  readonly what: string;
  readonly unit: string;
  readonly measured: number;
  /** What the same work costs with nothing of ours around it, in the same unit. */
  readonly floor?: number;
  /** Absent on a line that is there to compare with. */
  readonly limit?: Limit;
  /** What else was seen. */
  readonly note?: string;
}

/** A line that could not be measured on this machine. */
export interface Missing {
  readonly what: string;
  readonly missing: string;
}

export type Line = Figure | Missing;

export interface RowOptions {
  /** How often each contender is measured; figures are medians. */
  readonly rounds: number;
  /** Small amounts: shows that the bench runs, says little about speed. */
  readonly quick: boolean;
  onProgress(text: string): void;
}

/** One benchmark: measures, and gives its lines of the table. */
export type Row = (options: RowOptions) => Promise<readonly Line[]>;

export const ratioOf = ({ measured, floor }: Figure): number | undefined =>
  floor === undefined ? undefined : measured / floor;

/** Whether a figure keeps its limit; nothing where it has none. */
export const reached = (figure: Figure): boolean | undefined => {
  if (!figure.limit) return undefined;
  const { of, is, value } = figure.limit;
  const judged = of === 'measured' ? figure.measured : (ratioOf(figure) ?? Number.NaN);
  return is === 'at least' ? judged >= value : judged <= value;
};

export const atMost = (value: number): Limit => ({ of: 'measured', is: 'at most', value });
export const ratioAtMost = (value: number): Limit => ({ of: 'ratio', is: 'at most', value });
export const ratioAtLeast = (value: number): Limit => ({ of: 'ratio', is: 'at least', value });
