import { isDeepStrictEqual } from 'node:util';
import { lineId } from '../../billing/lines.ts';
import { formatMinor, parseMinor } from '../../billing/money.ts';
import type { DifferingLine, StatementDifferences, StatementPreview } from '../../shapes/statement.ts';

/** What two previews are compared by. */
export type Compared = Pick<StatementPreview, 'currency' | 'total' | 'lines' | 'digest'>;
type Line = Compared['lines'][number];

const differingLine = (before: Line | undefined, now: Line | undefined): DifferingLine[] => {
  const line = now ?? before;
  if (!line || isDeepStrictEqual(before, now)) return [];
  const { flavor, unit, usageMonth, pricePerHour } = line;
  return [
    {
      change: before ? (now ? 'changed' : 'removed') : 'added',
      ...{ flavor, unit, usageMonth, pricePerHour },
      ...(before && { before: before.amount }),
      ...(now && { now: now.amount }),
    },
  ];
};

/** Differing lines that are listed, so that they fit into an answer beside the lines. */
const LISTED = 1_000;

/** How a preview differs from an earlier one; nothing if it does not, to the last charge. */
export const differencesOf = (before: Compared, now: Compared): StatementDifferences | undefined => {
  const linesBefore = new Map(before.lines.map((line) => [lineId(line), line]));
  const linesNow = new Map(now.lines.map((line) => [lineId(line), line]));
  const lines = [...new Set([...linesBefore.keys(), ...linesNow.keys()])]
    .sort()
    .flatMap((id) => differingLine(linesBefore.get(id), linesNow.get(id)));
  if (lines.length === 0 && before.digest === now.digest) return undefined;
  const { currency } = now;
  return {
    currency,
    total: formatMinor(parseMinor(now.total) - parseMinor(before.total), currency),
    lines: lines.slice(0, LISTED),
    ...(lines.length > LISTED && { moreLines: lines.length - LISTED }),
  };
};
