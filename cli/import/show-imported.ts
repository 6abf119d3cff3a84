import type { Calendar } from '../../lib/billing/months.ts';
import type { ImportedEvents } from '../../lib/operations/import/import-events.ts';
import { bold, counted, indent, table } from '../output.ts';
import { knownText, rangeText, readText, reasonLines } from './show-read.ts';
import type { FilesRead } from './translate-files.ts';

/** What was read and what became of it. */
export type Imported = ImportedEvents & FilesRead;

/** Where the figures are found, once the stage has settled the jobs. */
const nextSteps = (
  { projects, to, recorded }: Imported,
  { calendar, stage }: { readonly calendar: Calendar; readonly stage: string },
): string[] => {
  const [project] = projects;
  if (recorded === 0 || project === undefined || to === undefined) return [];
  const month = calendar.monthOf(Date.parse(to)).id;
  const onStage = stage === 'local' ? '' : ` --stage ${stage}`;
  return [
    '',
    'The stage settles the jobs as their events come in; the figures are whole once the audit finds',
    'no difference:',
    indent(
      table(
        [{ title: '' }, { title: '' }],
        [
          [`jobmeter audit${onStage}`, 'says whether every job is settled'],
          [`jobmeter unrated${onStage}`, 'lists the jobs that have no price yet'],
          [`jobmeter usage ${project} --month ${month}${onStage}`, `what ${project} used`],
          [`jobmeter close${onStage}`, 'bills every month that has ended'],
        ],
      ).trimStart(),
    ),
  ];
};

/** An import as text. */
export const showImported = (imported: Imported, target: Parameters<typeof nextSteps>[1]): string => {
  const { events, recorded, refused, skipped, projects } = imported;
  const { timeZone } = target.calendar;
  return [
    `${readText(imported)}, ${counted(events, 'event')} of ${counted(projects.length, 'project')}${rangeText(imported, timeZone)}`,
    bold(`${recorded.toLocaleString('en')} recorded, ${knownText(imported)}`),
    ...reasonLines('not translated', skipped),
    ...reasonLines('refused', refused),
    ...nextSteps(imported, target),
  ].join('\n');
};
