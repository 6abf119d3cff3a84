import { basename } from 'node:path';
import { Argument, type Command } from 'commander';
import { createCalendar } from '../../lib/billing/months.ts';
import { estimateEvents } from '../../lib/operations/import/estimate.ts';
import { type ImportedEvents, importEvents } from '../../lib/operations/import/import-events.ts';
import { loggedImport } from '../../lib/operations/import/logged-import.ts';
import { recordReported } from '../../lib/operations/record-reported.ts';
import { Refusal } from '../../lib/refusal.ts';
import { PLATFORMS, type Platform } from '../../lib/sources/platforms.ts';
import { readActor } from '../actor.ts';
import { REAL_TIME } from '../api-client.ts';
import { addImportOptions, type ImportOptions, importOptionsOf, sourceOptionsOf } from '../import/options.ts';
import { readPrices } from '../import/prices.ts';
import { nameOfFile } from '../import/read-file.ts';
import { postBatch } from '../import/record-batch.ts';
import { showEstimate } from '../import/show-estimate.ts';
import { showImported } from '../import/show-imported.ts';
import { createFileTranslation } from '../import/translate-files.ts';
import { createProgress, print } from '../output.ts';
import { waitingText } from '../patience.ts';
import { receiverOf } from '../receiver.ts';
import { connectStage } from '../stage.ts';

type Translation = ReturnType<typeof createFileTranslation>;

const groupingOf = ({ by }: ImportOptions, { user }: Platform) =>
  by ?? (user === undefined ? { by: 'flavor' as const } : { by: 'label' as const, key: user });

const dryRun = async (
  options: ImportOptions,
  platform: Platform,
  translation: Translation,
): Promise<void> => {
  const prices = await readPrices(options);
  const progress = createProgress(REAL_TIME.now);
  const estimate = await estimateEvents(
    translation.events(),
    prices,
    { grouping: groupingOf(options, platform), now: REAL_TIME.now() },
    (events) => progress.show(`${events.toLocaleString('en')} events read`),
  ).finally(progress.end);
  const read = translation.read();
  const { stage, tariff: tariffs = [] } = options;
  const readIn = platform.hasLocalTimes ? { readIn: options.timeZone ?? 'UTC' } : {};
  print(options.json, { dryRun: true, ...read, ...estimate }, () =>
    showEstimate(estimate, { ...read, ...readIn, prices, stage, tariffs }),
  );
  if (estimate.events === 0) process.exitCode = 1;
};

/** What is imported, for the log of actions. */
interface Source {
  readonly platform: string;
  readonly files: readonly string[];
}

const subjectOf = ({ platform, files }: Source, { project, projectFrom, timeZone }: ImportOptions) => ({
  ...(project !== undefined && { projectId: project }),
  target: files.map((file) => basename(nameOfFile(file))).join(', '),
  detail: [
    platform,
    ...(projectFrom === undefined ? [] : [`projects from ${projectFrom}`]),
    ...(timeZone === undefined ? [] : [`times of ${timeZone}`]),
  ].join(', '),
});

/**
 * Where events are recorded: the table of the stage, with entries in its log of actions, or its API,
 * to which signatures say who sends.
 */
const connectTarget = async (source: Source, options: ImportOptions, announce: (text: string) => void) => {
  if (options.url === undefined) {
    const { openContext, now } = await connectStage(options);
    const context = await openContext('write');
    const { store, calendar } = context;
    const by = await readActor(options.stage);
    return {
      calendar,
      run: (all: () => Promise<ImportedEvents>) => loggedImport(context, by, subjectOf(source, options), all),
      record: (batch: Parameters<ReturnType<typeof postBatch>>[0]) => recordReported(store, batch, now()),
    };
  }
  const onWait = (waiting: Parameters<typeof waitingText>[0]) => announce(waitingText(waiting));
  return {
    calendar: createCalendar('UTC'),
    run: (all: () => Promise<ImportedEvents>) => all(),
    record: postBatch(receiverOf(options), { ...REAL_TIME, onWait }),
  };
};

const importFiles = async (
  source: Source,
  options: ImportOptions,
  translation: Translation,
): Promise<void> => {
  const progress = createProgress(REAL_TIME.now);
  const { calendar, run, record } = await connectTarget(source, options, progress.announce);
  let recorded = 0;
  const reportStop = () => {
    progress.end();
    console.error(
      `jobmeter: stopped with at least ${recorded.toLocaleString('en')} events recorded: importing the same again is safe`,
    );
  };
  const stop = () => {
    reportStop();
    process.exit(130);
  };
  process.once('SIGINT', stop);
  const importAll = () =>
    importEvents(translation.events(), record, (sum) => {
      recorded = sum.recorded;
      progress.show(
        `${sum.events.toLocaleString('en')} events read, ${recorded.toLocaleString('en')} recorded`,
      );
    });
  const imported = await run(importAll)
    .catch((error) => {
      reportStop();
      throw error;
    })
    .finally(progress.end);
  process.off('SIGINT', stop);
  const answer = { ...translation.read(), ...imported };
  print(options.json, answer, () => showImported(answer, { calendar, stage: options.stage }));
  if (answer.skipped.length + answer.refused.length > 0) process.exitCode = 1;
};

const platformsText = (): string =>
  Object.entries(PLATFORMS)
    .map(([name, { files, project, field }]) => {
      const named =
        project === undefined ? '--project or --project-from <label> is needed' : `project: ${project}`;
      return `  ${name.padEnd(11)} ${files} (${named}; --project-from names a ${field})`;
    })
    .join('\n');

const HELP = `
Platforms:
${platformsText()}

Files are read as a stream, unpacked if their name ends in .gz; - is standard input. An import can be
repeated: what is known already is not recorded twice. Events of any age are taken, and months that
are not closed yet get statements of their own.

Examples:
  What did last month cost, by user? No stack is needed:
    jobmeter import slurm jobs.txt --dry-run --tariff prices.json
  Record it on the local stack, then bill it:
    jobmeter import slurm jobs.txt --time-zone Europe/Paris
    jobmeter close`;

export const addImportCommand = (program: Command): void => {
  const command = program
    .command('import')
    .addArgument(new Argument('<platform>', 'where the jobs ran').choices(Object.keys(PLATFORMS)))
    .argument('<file...>', 'what the platform prints or exports')
    .description('record the jobs that a platform ran, or show what they would cost');
  addImportOptions(command)
    .addHelpText('after', HELP)
    .action(async (name: string, files: readonly string[]) => {
      const options = importOptionsOf(command);
      const platform = PLATFORMS[name];
      if (!platform) throw new Refusal('invalid', `there is no platform ${name}`);
      const source = sourceOptionsOf(options);
      if (!source.project && platform.project === undefined)
        command.error(`error: nothing in the files of ${name} names the project: --project <id>`);
      const translation = createFileTranslation(platform, files, source);
      if (options.dryRun) await dryRun(options, platform, translation);
      else await importFiles({ platform: name, files }, options, translation);
    });
};
