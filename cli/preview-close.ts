import * as v from 'valibot';
import { formatMinor, parseMinor } from '../lib/billing/money.ts';
import { nextToClose } from '../lib/operations/close/open-months.ts';
import { type MonthPreview, previewMonth } from '../lib/operations/close/preview-month.ts';
import { differencesOf } from '../lib/operations/statements/preview-differences.ts';
import { hasContent } from '../lib/operations/statements/statement-totals.ts';
import { Refusal } from '../lib/refusal.ts';
import { type DifferingLine, StatementPreview } from '../lib/shapes/statement.ts';
import { listTable } from './list.ts';
import { bold, counted, createProgress, indent, print } from './output.ts';
import { readJsonFile } from './read-json.ts';
import { NOTHING_TO_CLOSE } from './show-closed.ts';
import { connectStage, type GlobalOptions } from './stage.ts';

export interface PreviewOptions extends GlobalOptions {
  readonly since?: string;
}

/** What of a dry run is compared with another one. */
type Computed = Pick<MonthPreview, 'projects' | 'failures'>;

/** What `close --dry-run --json` prints. */
const PrintedPreview = v.object({
  month: v.string(),
  projects: v.array(StatementPreview),
  failures: v.array(v.object({ projectId: v.string(), error: v.string() })),
});

/** What an earlier dry run of the month has printed, or a refusal. */
export const readEarlier = async (file: string, month: string): Promise<Computed> => {
  const { success, output } = v.safeParse(PrintedPreview, await readJsonFile(file));
  if (!success) throw new Refusal('invalid', `${file} is not what close --dry-run --json prints`);
  if (output.month === month) return output;
  throw new Refusal('invalid', `${file} is a preview of ${output.month}, and ${month} is closed next`);
};

/**
 * The previews with their differences to earlier ones; what was there only before is left empty. A
 * project that failed in one of the two, or has its statement by now, is not compared.
 */
export const compareTo = (
  later: Computed & Pick<MonthPreview, 'issued'>,
  earlier: Computed,
): StatementPreview[] => {
  const failed = [...later.failures, ...earlier.failures].map(({ projectId }) => projectId);
  const notCompared = new Set([...failed, ...later.issued]);
  const before = new Map(earlier.projects.map((preview) => [preview.projectId, preview]));
  const now = new Map(later.projects.map((preview) => [preview.projectId, preview]));
  return [...new Set([...before.keys(), ...now.keys()])].sort().flatMap((projectId) => {
    const [was, is] = [before.get(projectId), now.get(projectId)];
    if (notCompared.has(projectId)) return is ?? [];
    const any = is ?? was;
    if (!any) return [];
    const { draft: _, differences: __, ...content } = any;
    const nothing = { ...content, total: formatMinor(0n, any.currency), lines: [], digest: '' };
    const differences = differencesOf(was ?? nothing, is ?? nothing);
    const draft = is?.draft && { draft: is.draft };
    return [{ ...content, ...(is ? {} : nothing), ...draft, ...(differences && { differences }) }];
  });
};

const sumOf = (amounts: readonly string[], currency: string): string =>
  formatMinor(
    amounts.reduce((sum, amount) => sum + parseMinor(amount), 0n),
    currency,
  );

const unbilledText = ({ unrated, held }: StatementPreview): string =>
  [
    ...(unrated.count > 0 ? [`${unrated.count} unrated`] : []),
    ...(held.count > 0 ? [`${held.count} held`] : []),
  ].join(', ');

const lineText = ({ change, usageMonth, flavor, unit, pricePerHour, before, now }: DifferingLine): string =>
  `${change}: ${usageMonth} ${flavor} per ${unit} at ${pricePerHour}, ${before ?? '-'} -> ${now ?? '-'}`;

const differingText = ({ projectId, differences }: StatementPreview): string[] =>
  differences
    ? [
        `${projectId}: ${differences.total} ${differences.currency}`,
        ...differences.lines.map((line) => indent(lineText(line))),
        ...(differences.moreLines ? [indent(`and ${counted(differences.moreLines, 'more line')}`)] : []),
      ]
    : [];

/** What a close would issue, as text. */
export const showMonth = (
  { month, issued, failures }: MonthPreview,
  projects: readonly StatementPreview[],
  currency: string,
) => {
  const total = sumOf(
    projects.map((preview) => preview.total),
    currency,
  );
  const differing = projects.flatMap(differingText);
  return [
    bold(
      `dry run: nothing is written; a close of ${month} would issue ${counted(projects.filter(hasContent).length, 'statement')}, total ${total} ${currency}`,
    ),
    ...(issued.length > 0 ? [`${counted(issued.length, 'statement')} of ${month} issued already`] : []),
    ...(projects.length === 0
      ? []
      : [
          listTable(
            [
              { title: 'project', text: ({ projectId }) => projectId },
              { title: currency, align: 'right', text: (preview) => preview.total },
              { title: 'draft', text: ({ draft }) => draft?.state ?? '' },
              { title: 'charges not billed yet', text: unbilledText },
            ],
            projects,
          ),
        ]),
    ...(differing.length > 0 ? [bold('differences:'), ...differing] : []),
    ...(failures.length > 0
      ? [
          bold(`${month} would stay open: ${counted(failures.length, 'project')} would fail`),
          ...failures.map(({ projectId, error }) => indent(`${projectId}: ${error}`)),
        ]
      : []),
  ].join('\n');
};

/**
 * Prints what a close would issue, and how that differs from the drafts or an earlier preview. Fails
 * where the close would.
 */
export const showPreview = async (options: PreviewOptions, requested: string | undefined): Promise<void> => {
  const { openContext, now } = await connectStage(options);
  const context = await openContext('read');
  const month = requested ?? (await nextToClose(context));
  if (month === undefined) return print(options.json, {}, () => NOTHING_TO_CLOSE);
  const progress = createProgress(now);
  const preview = await previewMonth(context, month, (done, of) =>
    progress.show(`${done} of ${counted(of, 'project')} computed`),
  ).finally(progress.end);
  const { since } = options;
  const { issued, failures } = preview;
  const projects =
    since === undefined ? preview.projects : compareTo(preview, await readEarlier(since, month));
  const { currency } = context;
  const total = sumOf(
    projects.map((project) => project.total),
    currency,
  );
  print(options.json, { month, currency, total, issued: issued.length, projects, failures }, () =>
    showMonth(preview, projects, currency),
  );
  if (failures.length > 0) process.exitCode = 1;
};
