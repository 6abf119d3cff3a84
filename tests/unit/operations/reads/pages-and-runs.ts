import { readUsage } from '../../../../lib/operations/reads/read-usage.ts';
import { status, TWO_GPUS, type World } from '../world.ts';

export const running = status('job-1', 'RUNNING', '2026-10-05T08:00:00Z');
export const done = status('job-1', 'DONE', '2026-10-05T13:00:00Z');

export const usage = async (world: World, month: string, projectId = 'proj-1') =>
  readUsage(await world.open(), projectId, month, world.clock.now);

export const run = (
  jobId: string,
  start: string,
  end: string,
  said: Parameters<typeof status>[3] = { resources: TWO_GPUS },
) => [status(jobId, 'RUNNING', start, said), status(jobId, 'DONE', end, said)];

/** Every page of something that is read page by page. */
export const allPages = async <Page extends { readonly next?: Next | undefined }, Next>(
  readPage: (after: Next | undefined) => Promise<Page>,
): Promise<Page[]> => {
  const pages: Page[] = [];
  let after: Next | undefined;
  do {
    const page = await readPage(after);
    pages.push(page);
    if (pages.length > 1_000) throw new Error('the pages never end');
    after = page.next;
  } while (after !== undefined);
  return pages;
};
