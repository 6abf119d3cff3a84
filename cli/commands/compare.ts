import type { Command } from 'commander';
import { compareTariffs, readPublishedTariff } from '../../lib/operations/tariffs/compare.ts';
import { append } from '../append.ts';
import { parseMonth } from '../month.ts';
import { counted, createProgress, print } from '../output.ts';
import { showComparison } from '../show-comparison.ts';
import { connectStage, type GlobalOptions } from '../stage.ts';
import { readTariffFile, tariffView } from '../tariffs.ts';

interface CompareOptions extends GlobalOptions {
  readonly month: string;
  readonly tariff: readonly string[];
}

/** An id as `tariff list` shows it: "2026-01-27T00:00:00.000Z#1". */
const TARIFF_ID = /^\d{4}-\d\d-\d\dT[\d:.]+Z#\d+$/;
const isTariffId = (named: string): boolean => TARIFF_ID.test(named);

export const addCompareCommand = (program: Command): void => {
  program
    .command('compare')
    .description('show what the same jobs cost in a month under several tariffs, by project and job')
    .requiredOption('--month <month>', 'the usage month, YYYY-MM', parseMonth)
    .requiredOption(
      '--tariff <tariff>',
      'a tariff file, or the id of a published tariff; give it twice or more',
      append,
    )
    .addHelpText(
      'after',
      '\nEach tariff is applied as if it had always been in force, so one that starts later can be\n' +
        'compared over an older month. Differences are relative to the first. Nothing is published or settled.',
    )
    .action(async (_, command: Command) => {
      const options = command.optsWithGlobals<CompareOptions>();
      if (options.tariff.length < 2)
        command.error('error: name at least two tariffs, each with --tariff <tariff>');
      const { store, openContext, now } = await connectStage(options);
      const named = await Promise.all(
        options.tariff.map(async (name) =>
          isTariffId(name)
            ? { id: name, tariff: await readPublishedTariff(store, name) }
            : { file: name, tariff: await readTariffFile(name) },
        ),
      );
      const progress = createProgress(now);
      const { projects, total, ...comparison } = await compareTariffs(await openContext('read'), {
        month: options.month,
        tariffs: named.map(({ tariff }) => tariff),
        onProgress: ({ jobsCompared }) => progress.show(`${counted(jobsCompared, 'job')} compared`),
      }).finally(progress.end);
      const tariffs = named.map(({ tariff, ...origin }) => ({ ...origin, ...tariffView(tariff) }));
      print(options.json, { ...comparison, tariffs, projects, total }, () =>
        showComparison({ ...comparison, projects, total }, tariffs),
      );
    });
};
