const MAX_SHOWN = 3;

/** The number of letters to change, add or leave out to make one text of the other. */
const distance = (a: string, b: string): number => {
  let before = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [row, letter] of [...a].entries()) {
    const current = [row + 1];
    for (const [column, other] of [...b].entries())
      current.push(
        Math.min(
          (before[column + 1] ?? 0) + 1,
          (current[column] ?? 0) + 1,
          (before[column] ?? 0) + (letter === other ? 0 : 1),
        ),
      );
    before = current;
  }
  return before.at(-1) ?? 0;
};

/** The names that are most like a mistyped one, the closest first; none that is unlike it. */
export const closestNames = (mistyped: string, names: readonly string[]): string[] => {
  const typed = mistyped.toLowerCase();
  return names
    .map((name) => ({ name, away: distance(typed, name.toLowerCase()) }))
    .filter(({ name, away }) => away <= Math.max(typed.length, name.length) / 3 || isPart(typed, name))
    .sort((a, b) => a.away - b.away)
    .slice(0, MAX_SHOWN)
    .map(({ name }) => name);
};

const isPart = (typed: string, name: string): boolean =>
  typed.length > 1 && name.toLowerCase().includes(typed);
