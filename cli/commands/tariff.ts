import type { Command } from 'commander';
import { tariffId } from '../../lib/billing/tariff.ts';
import { isOf, resumePublications } from '../../lib/operations/tariffs/publication.ts';
import { publishTariff } from '../../lib/operations/tariffs/publish.ts';
import { Refusal } from '../../lib/refusal.ts';
import type { Publication } from '../../lib/store/tariffs.ts';
import { counted, createProgress, print, table } from '../output.ts';
import { connectStage, type GlobalOptions } from '../stage.ts';
import { readTariffFile, tariffView } from '../tariffs.ts';

interface PublishOptions extends GlobalOptions {
  readonly backdate?: boolean;
}

type Settled = Pick<Publication, 'jobsSettled' | 'jobsParked'>;

const settledText = ({ jobsSettled, jobsParked }: Settled): string =>
  `${counted(jobsSettled, 'job')} checked, and settled if their charges change${jobsParked > 0 ? `, ${jobsParked} parked (see redrive)` : ''}`;

const addListCommand = (tariff: Command): void => {
  tariff
    .command('list')
    .description('list the published tariffs, oldest first')
    .action(async (_, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const { store } = await connectStage(options);
      const publications = await store.readPublications();
      const tariffs = (await store.readTariffs()).map((tariff) => ({
        id: tariffId(tariff),
        ...tariffView(tariff),
        settled: !publications.some(isOf(tariff)),
      }));
      print(options.json, { tariffs }, () =>
        table(
          [
            { title: 'tariff' },
            { title: 'name' },
            { title: 'billable' },
            { title: 'at most' },
            { title: 'silent at most' },
            { title: 'price per hour' },
          ],
          tariffs.map(({ id, name, billableStatuses, maxRunning, maxSilence, currency, prices, settled }) => [
            settled ? id : `${id}\nunfinished: not all jobs are settled`,
            name,
            billableStatuses.join(', '),
            maxRunning,
            maxSilence,
            Object.entries(prices)
              .map(([flavor, { unit, pricePerHour }]) => `${flavor} ${pricePerHour} ${currency} per ${unit}`)
              .join('\n'),
          ]),
        ),
      );
    });
};

const addPublishCommand = (tariff: Command): void => {
  tariff
    .command('publish')
    .argument('<file>', 'the tariff, a JSON file')
    .description('publish a tariff, which then never changes; it starts an hour ahead or later')
    .option('--backdate', 'allow an earlier start, and settle the jobs it changes')
    .action(async (file: string, _, command: Command) => {
      const options = command.optsWithGlobals<PublishOptions>();
      const draft = await readTariffFile(file);
      const { openContext, now } = await connectStage(options, { quiet: true });
      const progress = createProgress(now);
      const published = await publishTariff(await openContext('write'), draft, {
        ...(options.backdate && { backdate: true }),
        onProgress: (publication) => progress.show(settledText(publication)),
      }).finally(progress.end);
      print(options.json, published, () =>
        published.outcome === 'unchanged'
          ? `${published.tariff} is published already, ${settledText(published)}`
          : `${published.tariff} published, ${settledText(published)}`,
      );
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
  addPublishCommand(tariff);
  addResumeCommand(tariff);
};
