import { Argument, type Command, Option } from 'commander';
import { HOUR_MS, MINUTE_MS } from '../lib/billing/minutes.ts';
import { parseTariff } from '../lib/operations/tariffs/publish.ts';
import { Refusal } from '../lib/refusal.ts';
import { type LeftOutPlan, type OvhPrices, readOvhCatalog } from '../lib/sources/ovh-catalog.ts';
import { CURRENT_RULE, RULE_DATES, type RuleDate, readShippedTariff } from './billing-rules.ts';
import { counted, indent, print, table } from './output.ts';
import { readJsonFile } from './read-json.ts';
import type { GlobalOptions } from './stage.ts';
import { tariffView } from './tariffs.ts';
import { writeOutput } from './write-output.ts';

interface ImportOptions extends GlobalOptions {
  readonly subsidiary?: string;
  readonly rule: RuleDate;
  readonly from?: string;
  readonly name?: string;
  readonly output?: string;
}

const readCatalog = async (file: string, subsidiary: string | undefined): Promise<OvhPrices> => {
  const { catalog, errors } = readOvhCatalog(await readJsonFile(file));
  if (!catalog) throw new Refusal('invalid', `${file} is not a catalogue with prices`, { errors });
  if (subsidiary !== undefined && subsidiary !== catalog.subsidiary)
    throw new Refusal(
      'invalid',
      `${file} has the prices of ${catalog.subsidiary}, not of ${subsidiary}: ` +
        `get those of GET /order/catalog/public/cloud?ovhSubsidiary=${subsidiary}, or leave --subsidiary out`,
    );
  return catalog;
};

/** A tariff starts an hour ahead or later: the first full hour that leaves a quarter to publish it. */
export const earliestStart = (now: number): string => {
  const timeToPublish = 15 * MINUTE_MS;
  return new Date(Math.ceil((now + HOUR_MS + timeToPublish) / HOUR_MS) * HOUR_MS).toISOString();
};

type TariffContent = ReturnType<typeof tariffView>;

/** The tariff of a catalogue under a rule of the provider, as its file has it. */
export const tariffOfCatalog = async (
  { currency, subsidiary, prices }: OvhPrices,
  { rule, name, from, now }: Pick<ImportOptions, 'rule' | 'name' | 'from'> & { readonly now: number },
): Promise<TariffContent> =>
  tariffView(
    parseTariff({
      ...tariffView(await readShippedTariff(rule)),
      name: name ?? `OVHcloud ${subsidiary}, rule of ${rule}`,
      effectiveFrom: from ?? earliestStart(now),
      ...{ currency, prices },
    }),
  );

const showLeftOut = (leftOut: readonly LeftOutPlan[]): string[] =>
  leftOut.length === 0
    ? []
    : [
        '',
        `${counted(leftOut.length, 'plan')} left out`,
        ...leftOut.map(({ planCode, reason }) => indent(`${planCode}: ${reason}`)),
      ];

const show = (tariff: TariffContent, { leftOut }: OvhPrices, { rule, output }: ImportOptions): string =>
  [
    `${tariff.name}, from ${tariff.effectiveFrom}, before tax`,
    `billed: ${tariff.billableStatuses.join(', ')}, the provider's rule since ${rule}`,
    '',
    table(
      [{ title: 'flavor' }, { title: `${tariff.currency} per hour`, align: 'right' }, { title: 'of one' }],
      Object.entries(tariff.prices).map(([flavor, { unit, pricePerHour }]) => [flavor, pricePerHour, unit]),
    ),
    ...showLeftOut(leftOut),
    '',
    output === undefined
      ? 'nothing is written: name a file with --output <file>, then publish it'
      : `written to ${output}: jobmeter tariff publish ${output}`,
  ].join('\n');

export const addImportCommand = (tariff: Command): void => {
  tariff
    .command('import')
    .addArgument(new Argument('<provider>', 'whose catalogue it is').choices(['ovh']))
    .argument('<catalog>', 'the public catalogue, a JSON file')
    .description("make a tariff file from a provider's public catalogue")
    .option('--subsidiary <code>', 'refuse the prices of another subsidiary, like FR')
    .addOption(
      new Option('--rule <date>', "since when the provider's billing rule is in force")
        .choices(RULE_DATES)
        .default(CURRENT_RULE),
    )
    .option(
      '--from <time>',
      'when it takes effect; by default the first full hour at least an hour and a quarter ahead',
    )
    .option('--name <text>', 'the name of the tariff')
    .option('--output <file>', 'where the tariff is written')
    .addHelpText(
      'after',
      '\nThe provider bills PENDING, RUNNING, INTERRUPTING and TIMEOUT since 2026-09-11; --rule 2026-01-27' +
        '\n(PENDING and RUNNING) and --rule 2023-02-14 (RUNNING) are for earlier months.',
    )
    .action(async (_provider: string, file: string, _, command: Command) => {
      const options = command.optsWithGlobals<ImportOptions>();
      const catalog = await readCatalog(file, options.subsidiary);
      const draft = await tariffOfCatalog(catalog, { ...options, now: Date.now() });
      if (options.output !== undefined)
        await writeOutput(options.output, `${JSON.stringify(draft, null, 2)}\n`);
      print(options.json, draft, () => show(draft, catalog, options));
    });
};
