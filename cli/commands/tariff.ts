import type { Command } from 'commander';
import { tariffId } from '../../lib/billing/tariff.ts';
import { publishTariff } from '../../lib/operations/publish.ts';
import { counted, createProgress, print, table } from '../output.ts';
import { connectStage, type GlobalOptions } from '../stage.ts';
import { readTariffFile, tariffView } from '../tariffs.ts';

interface PublishOptions extends GlobalOptions {
  readonly backdate?: boolean;
}

export const addTariffCommands = (program: Command): void => {
  const tariff = program.command('tariff').description('what is billed, at which price, from when on');

  tariff
    .command('list')
    .description('list the published tariffs, oldest first')
    .action(async (_, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const { store } = await connectStage(options);
      const tariffs = (await store.readTariffs()).map((tariff) => ({
        id: tariffId(tariff),
        ...tariffView(tariff),
      }));
      print(options.json, { tariffs }, () =>
        table(
          [
            { title: 'tariff' },
            { title: 'name' },
            { title: 'billable' },
            { title: 'at most' },
            { title: 'price per hour' },
          ],
          tariffs.map(({ id, name, billableStatuses, maxRunning, currency, pricePerHour }) => [
            id,
            name,
            billableStatuses.join(', '),
            maxRunning,
            Object.entries(pricePerHour)
              .map(([flavor, price]) => `${flavor} ${price} ${currency}`)
              .join('\n'),
          ]),
        ),
      );
    });

  tariff
    .command('publish')
    .argument('<file>', 'the tariff, a JSON file')
    .description('publish a tariff, once and for good; it starts an hour ahead or later')
    .option('--backdate', 'allow an earlier start, and settle every job again')
    .action(async (file: string, _, command: Command) => {
      const options = command.optsWithGlobals<PublishOptions>();
      const draft = await readTariffFile(file);
      const { openLedger, now } = await connectStage(options);
      const progress = createProgress(now);
      const published = await publishTariff(await openLedger('write'), draft, {
        ...(options.backdate && { backdate: true }),
        onProgress: ({ jobsSettled }) => progress.show(`${counted(jobsSettled, 'job')} settled again`),
      }).finally(progress.end);
      print(options.json, published, () =>
        published.outcome === 'unchanged'
          ? `${published.tariff} is published already, ${counted(published.jobsSettled, 'job')} settled again`
          : `${published.tariff} published, ${counted(published.jobsSettled, 'job')} settled again`,
      );
    });
};
