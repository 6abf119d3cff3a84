import { createPages, projectsFrom } from '../charge-pages.ts';
import { type Figure, type Row, ratioAtMost } from '../figures.ts';
import { billProjects } from '../folds.ts';
import { openPagedContext } from '../paged-source.ts';
import { elapsedMs, interleave, medians } from '../rounds.ts';

const TIMES = 10;

/** Growth by more projects, or within one project. */
const WAYS = [
  { name: `${TIMES} times the projects`, small: { projects: 200, charges: 100 }, grows: 'projects' },
  {
    name: `one project with ${TIMES} times the charges`,
    small: { projects: 1, charges: 20_000 },
    grows: 'charges',
  },
] as const;

/** Cost of billing ten times the charges, over the cost of one. */
export const row: Row = async ({ rounds, quick, onProgress }) => {
  const pagesOf = await createPages();
  const figures: Figure[] = [];
  for (const { name, small, grows } of WAYS) {
    const once = quick ? { ...small, [grows]: small[grows] / 10 } : small;
    const measureOf = (size: typeof once) => {
      const projects = projectsFrom(pagesOf, { first: 0, ...size });
      return () => elapsedMs(() => billProjects(projects, openPagedContext(projects)));
    };
    const contenders = {
      large: measureOf({ ...once, [grows]: once[grows] * TIMES }),
      small: measureOf(once),
    };
    const { large, small: smallMs } = medians(
      await interleave(rounds, contenders, (text) => onProgress(`${name}, ${text}`)),
    );
    figures.push({
      what: `growth of a close, ${name}`,
      unit: 'ms',
      measured: large,
      floor: smallMs,
      limit: ratioAtMost(11),
      note: `${once.projects * once.charges} charges and ${TIMES} times as many`,
    });
  }
  return figures;
};
