import type { Command } from 'commander';
import { isExplained } from '../../lib/export/reconciliation-content.ts';
import { reconciliationPage } from '../../lib/export/reconciliation-html.ts';
import type { BillingContext } from '../../lib/operations/billing-context.ts';
import { askProvider } from '../../lib/operations/reconcile/ask-provider.ts';
import type { BillingRule } from '../../lib/operations/reconcile/hypotheses.ts';
import {
  type ProviderAnswers,
  type ReconciledMonth,
  reconcileMonth,
  recordMissing,
} from '../../lib/operations/reconcile/reconcile-month.ts';
import { Refusal } from '../../lib/refusal.ts';
import { readActor } from '../actor.ts';
import { append } from '../append.ts';
import { RULE_DATES, readShippedTariff } from '../billing-rules.ts';
import { parseMonth } from '../month.ts';
import { bold, counted, print } from '../output.ts';
import { connectProvider } from '../provider.ts';
import { readJsonFile } from '../read-json.ts';
import { showReconciliation } from '../show-reconciliation.ts';
import { connectStage, type GlobalOptions } from '../stage.ts';
import { writeOutput } from '../write-output.ts';

interface ReconcileOptions extends GlobalOptions {
  readonly project: string;
  readonly usage?: string;
  readonly bill?: string;
  readonly jobs?: readonly string[];
  readonly record?: boolean;
  readonly save?: boolean;
  readonly output?: string;
}

/** The rules that the provider has used; others may be published here. */
const shippedRules = (): Promise<BillingRule[]> => Promise.all(RULE_DATES.map(readShippedTariff));

interface Answers extends ProviderAnswers {
  readonly providerProject?: string;
}

/** What the files say, and from the provider's API what they do not. */
const readAnswers = async (
  options: ReconcileOptions,
  month: string,
  context: BillingContext,
): Promise<Answers> => {
  const { usage, bill, jobs, project } = options;
  const given = {
    ...(usage !== undefined && { usage: await readJsonFile(usage) }),
    ...(bill !== undefined && { bill: await readJsonFile(bill) }),
    ...(jobs && { jobs: await Promise.all(jobs.map(readJsonFile)) }),
  };
  const isAsked = !('usage' in given && given.jobs);
  const provider = isAsked || 'bill' in given ? await connectProvider(options) : undefined;
  const providerProject = provider?.idOf(project);
  if (isAsked && provider && providerProject !== undefined)
    return {
      ...(await askProvider(provider.api, { project: providerProject, month }, given, context)),
      providerProject,
    };
  if ('usage' in given)
    return {
      ...given,
      usage: given.usage,
      ...(providerProject !== undefined && { providerProject }),
    };
  throw new Refusal(
    'invalid',
    "give the provider's usage with --usage <file>, or set OVH_PROJECTS and OVH_CREDENTIALS to ask its API",
  );
};

export const addReconcileCommand = (program: Command): void => {
  program
    .command('reconcile')
    .argument('<month>', 'the usage month, YYYY-MM', parseMonth)
    .description("show the provider's bill beside the charges here, with the cause of each difference")
    .requiredOption('--project <id>', 'the project')
    .option('--usage <file>', "the provider's usage as JSON (default: from its API)")
    .option('--bill <file>', 'details of the bill as JSON, to check the usage against')
    .option('--jobs <file>', "the provider's list of jobs as JSON; give each page of it", append)
    .option('--record', 'record the events that settle differences, and compare again')
    .option('--save', 'keep the result for the web page')
    .option('-o, --output <file>', 'write it as a page to print (HTML)')
    .addHelpText(
      'after',
      '\nExits with 1 if anything stays unexplained, or if the bill does not add up to the usage.\n' +
        '\nExamples:\n' +
        '  jobmeter reconcile 2026-10 --project proj-1 --usage usage.json --jobs jobs.json\n' +
        "  jobmeter reconcile 2026-10 --project proj-1 --record     from the provider's API",
    )
    .action(async (month: string, _, command: Command) => {
      const options = command.optsWithGlobals<ReconcileOptions>();
      const { project: projectId, json } = options;
      const { openContext } = await connectStage(options);
      const context = await openContext(options.record || options.save ? 'write' : 'read');
      const answers = await readAnswers(options, month, context);
      const request = { ...answers, projectId, month, rules: await shippedRules() };
      const before = await reconcileMonth(context, request);
      let last: ReconciledMonth = before;
      if (options.record) {
        const by = await readActor(options.stage);
        const recorded = await recordMissing(context, before, { by, projectId, month });
        const after = await reconcileMonth(context, request);
        last = { ...after, report: { ...after.report, recorded } };
      }
      const { report } = last;
      if (options.save) await context.store.saveReconciliation(projectId, month, report);
      print(json, options.record ? { before: before.report, after: report } : report, () =>
        options.record
          ? [
              showReconciliation(projectId, before.report),
              '',
              bold(`${counted(report.recorded ?? 0, 'event')} recorded, compared again`),
              showReconciliation(projectId, report),
            ].join('\n')
          : showReconciliation(projectId, report),
      );
      if (!isExplained(report) || !last.billAgrees) process.exitCode = 1;
      if (options.output !== undefined)
        await writeOutput(options.output, reconciliationPage(projectId, report).html);
    });
};
