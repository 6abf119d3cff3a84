import type { Command } from 'commander';
import { tariffId, tariffTerms } from '../../lib/billing/tariff.ts';
import { isoTime } from '../../lib/operations/public-shapes.ts';
import type { TariffChanges } from '../../lib/operations/tariffs/changes.ts';
import { isOf, resumePublications } from '../../lib/operations/tariffs/publication.ts';
import { type Published, publishTariff } from '../../lib/operations/tariffs/publish.ts';
import { Refusal } from '../../lib/refusal.ts';
import type { Publication } from '../../lib/store/tariffs.ts';
import { readActor } from '../actor.ts';
import { append } from '../append.ts';
import { counted, createProgress, print } from '../output.ts';
import { showTariffChanges } from '../show-tariff-changes.ts';
import { type ListedTariff, showTariffs } from '../show-tariffs.ts';
import { connectStage, type GlobalOptions } from '../stage.ts';
import { addImportCommand } from '../tariff-import.ts';
import { readTariffFile, tariffView } from '../tariffs.ts';

interface PublishOptions extends GlobalOptions {
  readonly backdate?: boolean;
  readonly drop?: readonly string[];
  readonly dryRun?: boolean;
}

type Settled = Pick<Publication, 'jobsSettled' | 'jobsParked'>;

const settledText = ({ jobsSettled, jobsParked }: Settled): string =>
  `${counted(jobsSettled, 'job')} checked, and settled if their charges change${jobsParked > 0 ? `, ${jobsParked} parked (see redrive)` : ''}`;

const listedView = ({ tariff, state, until, settled }: ListedTariff) => ({
  id: tariffId(tariff),
  ...tariffView(tariff),
  state,
  ...(until !== undefined && { until: isoTime(until) }),
  settled,
});

const addListCommand = (tariff: Command): void => {
  tariff
    .command('list')
    .description('list the published tariffs, oldest first: what is billed, at which price, from when on')
    .action(async (_, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const { store, now } = await connectStage(options);
      const publications = await store.readPublications();
      const tariffs = tariffTerms(await store.readTariffs(), now()).map((term) => ({
        ...term,
        settled: !publications.some(isOf(term.tariff)),
      }));
      print(options.json, { tariffs: tariffs.map(listedView) }, () => showTariffs(tariffs));
    });
};

const publishedText = ({ tariff, outcome, ...settled }: Published): string =>
  outcome === 'dry run'
    ? `dry run: nothing is published, it would be ${tariff}`
    : [
        `${tariff} ${outcome === 'unchanged' ? 'is published already' : 'published'}`,
        // No job is checked for one that starts later.
        ...(settled.jobsSettled + settled.jobsParked > 0 ? [settledText(settled)] : []),
      ].join(', ');

const addPublishCommand = (tariff: Command): void => {
  tariff
    .command('publish')
    .argument('<file>', 'the tariff, a JSON file')
    .description('show what a tariff changes and publish it; it starts an hour ahead or later')
    .option('--backdate', 'allow an earlier start, and settle the jobs it changes')
    .option('--drop <flavor>', 'allow a flavor in use to lose its price; repeatable', append)
    .option('--dry-run', 'show what would change, and publish nothing')
    .addHelpText('after', '\nA published tariff never changes. Every job is read to show what it changes.')
    .action(async (file: string, _, command: Command) => {
      const { json, dryRun = false, ...options } = command.optsWithGlobals<PublishOptions>();
      const draft = await readTariffFile(file);
      const { openContext, now } = await connectStage(options, { quiet: true });
      const by = dryRun ? undefined : await readActor(options.stage);
      const progress = createProgress(now);
      let changes: TariffChanges | undefined;
      const published = await publishTariff(await openContext(dryRun ? 'read' : 'write'), draft, {
        ...{ dryRun, by, drop: options.drop ?? [] },
        ...(options.backdate && { backdate: true }),
        onJobsRead: (jobs) => progress.show(`${counted(jobs, 'job')} read`),
        onChanges: (read) => {
          progress.end();
          changes = read;
          if (!json) console.log(showTariffChanges(read));
        },
        onProgress: (publication) => progress.show(settledText(publication)),
      }).finally(progress.end);
      print(json, { ...published, ...(changes && { changes }) }, () => publishedText(published));
    });
};

const addResumeCommand = (tariff: Command): void => {
  tariff
    .command('resume')
    .description('resume interrupted publications: settle the remaining jobs')
    .action(async (_, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const { openContext, now } = await connectStage(options, { quiet: true });
      const progress = createProgress(now);
      const resumed = await resumePublications(await openContext('write'), {
        force: true,
        onProgress: (publication) => progress.show(settledText(publication)),
      }).finally(progress.end);
      if (resumed.length === 0)
        throw new Refusal('invalid', 'every tariff is settled: there is nothing to resume');
      const tariffs = resumed.map((publication) => ({
        tariff: tariffId(publication),
        ...{ jobsSettled: publication.jobsSettled, jobsParked: publication.jobsParked },
      }));
      print(options.json, { tariffs }, () =>
        tariffs.map((one) => `${one.tariff}: ${settledText(one)}`).join('\n'),
      );
    });
};

export const addTariffCommands = (program: Command): void => {
  const tariff = program
    .command('tariff')
    .description('billable statuses and prices, with the date they take effect');
  addListCommand(tariff);
  addImportCommand(tariff);
  addPublishCommand(tariff);
  addResumeCommand(tariff);
};
