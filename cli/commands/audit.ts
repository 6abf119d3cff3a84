import type { Command } from 'commander';
import { type AuditOptions, audit, resumeAudit } from '../../lib/operations/audit/audit.ts';
import type { AuditRun, Finding } from '../../lib/operations/audit/audit-run.ts';
import { CAUSES } from '../../lib/operations/audit/finding.ts';
import { Refusal } from '../../lib/refusal.ts';
import { readActor } from '../actor.ts';
import { counted, createProgress, green, print, red, table } from '../output.ts';
import { connectStage, type GlobalOptions } from '../stage.ts';

interface Options extends GlobalOptions {
  readonly heal?: boolean;
  readonly resume?: boolean;
}

const checkedText = ({ jobs, usageMonths }: AuditRun) =>
  `${counted(jobs, 'job')} and ${counted(usageMonths, 'usage month')} checked`;

type Content = NonNullable<Finding['found']>;

/** A short description of a charge. */
const summaryOf = ({ kind, minutes, units, unit, flavor, pricePerHour }: Content): string => {
  if (kind === 'void') return 'nothing';
  const metered = `${units ?? '?'} ${unit ?? 'units'} of ${flavor ?? 'an unknown flavor'}`;
  if (kind === 'open') return `running on ${metered}`;
  return `${minutes} min on ${metered}${pricePerHour === undefined ? ', unrated' : ` at ${pricePerHour}`}`;
};

const attributes = (content: Content): string =>
  Object.entries(content)
    .map(([name, value]) => `${name} ${typeof value === 'object' ? JSON.stringify(value) : value}`)
    .join(', ');

/** Expected and found content; of a changed charge only the differences. */
const contentsOf = ({ kind, expected, found }: Finding): string[] => {
  const words = kind === 'changed' ? attributes : summaryOf;
  return [
    ...(expected ? [`expected: ${words(expected)}`] : []),
    ...(found ? [`found: ${words(found)}`] : []),
  ];
};

const rowOf = (finding: Finding): string[] => {
  const { kind, cause, projectId, usageMonth, jobId, start, healed, error } = finding;
  return [
    kind,
    [projectId, usageMonth, jobId, start].filter((part) => part !== undefined).join(' '),
    [CAUSES[cause], ...contentsOf(finding), ...(error ? [error] : []), ...(healed ? ['healed'] : [])].join(
      '\n',
    ),
  ];
};

const show = (run: AuditRun): string => {
  const { differences, healed, findings } = run;
  if (differences === 0) return green(`${checkedText(run)}: all charges follow from their facts`);
  const verdict = `${checkedText(run)}: ${counted(differences, 'difference')}, ${healed} healed`;
  return [
    table([{ title: 'finding' }, { title: 'where' }, { title: 'what' }], findings.map(rowOf)),
    ...(differences > findings.length ? [`and ${differences - findings.length} more`] : []),
    '',
    healed === differences ? green(verdict) : red(verdict),
    ...(run.heals ? [] : ['jobmeter audit --heal corrects them']),
  ].join('\n');
};

const view = ({ id, startedAt, finishedAt, segments: _, ...run }: AuditRun) => ({
  audit: id,
  startedAt: new Date(startedAt).toISOString(),
  ...(finishedAt !== undefined && { finishedAt: new Date(finishedAt).toISOString() }),
  ...run,
});

export const addAuditCommand = (program: Command): void => {
  program
    .command('audit')
    .description('derive every charge again from the facts, and compare with stored and billed charges')
    .option('--heal', 'correct differences; facts and statements are never changed')
    .option('--resume', 'resume the latest interrupted audit with its options')
    .action(async (_, command: Command) => {
      const { heal, resume, ...options } = command.optsWithGlobals<Options>();
      const { openContext, now } = await connectStage(options);
      const progress = createProgress(now);
      const auditOptions: AuditOptions = {
        ...(heal && { heal }),
        ...((heal || resume) && { by: await readActor(options.stage) }),
        onProgress: (run) => progress.show(`${checkedText(run)}, ${counted(run.differences, 'difference')}`),
      };
      const context = await openContext('write');
      const run = await (resume ? resumeAudit : audit)(context, auditOptions).finally(progress.end);
      if (!run) throw new Refusal('invalid', 'the latest audit is finished: there is nothing to resume');
      print(options.json, view(run), () => show(run));
      if (run.healed < run.differences) process.exitCode = 1;
    });
};
