import { type Command, Option } from 'commander';
import type { BillingContext } from '../../lib/operations/billing-context.ts';
import { readBudgetStates } from '../../lib/operations/budgets/budget-states.ts';
import { checkBudgets } from '../../lib/operations/budgets/check-budgets.ts';
import { checkDueBudgets } from '../../lib/operations/budgets/check-due.ts';
import { removeBudget, type SetBudget, setBudget } from '../../lib/operations/budgets/set-budget.ts';
import { Refusal } from '../../lib/refusal.ts';
import type { BudgetState, Budgets } from '../../lib/shapes/budget.ts';
import { readActor } from '../actor.ts';
import { budgetRequestOf, parseBudgetName, type SetOptions, splitAts, wrongUse } from '../budget-options.ts';
import { counted, print } from '../output.ts';
import { parseProject } from '../project.ts';
import { showBudget, showBudgets } from '../show-budgets.ts';
import { connectStage, type GlobalOptions } from '../stage.ts';

const PROJECT = 'the project id';
const NAME = 'the name of the budget';

/** The budgets of a project, and how each stands in the current month. */
const readAll = async (context: BillingContext, projectId: string): Promise<Budgets> => {
  const now = context.now();
  const month = context.calendar.monthOf(now).id;
  return { projectId, month, budgets: await readBudgetStates(context, projectId, month, now) };
};

const readOne = async (context: BillingContext, projectId: string, name: string): Promise<BudgetState> => {
  const { budgets } = await readAll(context, projectId);
  const budget = budgets.find((one) => one.name === name);
  if (!budget) throw new Refusal('not-found', `the project ${projectId} has no budget ${name}`);
  return budget;
};

const OUTCOMES: Readonly<Record<SetBudget, string>> = {
  made: 'made',
  changed: 'changed',
  unchanged: 'it was set so already',
};

const setByHand = async (projectId: string, name: string, options: SetOptions): Promise<void> => {
  const request = budgetRequestOf(options);
  const actor = await readActor(options.stage);
  const { openContext } = await connectStage(options);
  const context = await openContext('write');
  const outcome = await setBudget(context, { projectId, name, actor }, request);
  const state = await readOne(context, projectId, name);
  print(options.json, { outcome, budget: state }, () =>
    [`${name}: ${OUTCOMES[outcome]}`, showBudget(projectId, state, context.calendar.timeZone)].join('\n'),
  );
};

const addSetCommand = (budget: Command): void => {
  const ats = (flags: string, description: string) => new Option(flags, description).argParser(splitAts);
  budget
    .command('set')
    .argument('<project>', PROJECT, parseProject)
    .argument('<name>', NAME, parseBudgetName)
    .description('make or change a budget: an amount for each calendar month, and what happens on the way')
    .requiredOption('--amount <money>', 'the amount of a month, like 1000.00')
    .option('--label <label>', 'only jobs with this label, like team=vision')
    .addOption(ats('--notify <at>', 'send an event when so much is spent: 50%,80% or money'))
    .addOption(ats('--notify-forecast <at>', 'send an event when so much is forecast for the month'))
    .addOption(ats('--stop <at>', 'request that jobs stop when so much is spent'))
    .addOption(
      new Option(
        '--stops <which>',
        'which jobs: all, or the costliest first (default: until-it-fits)',
      ).choices(['all', 'until-it-fits']),
    )
    .addHelpText(
      'after',
      '\nExamples:\n' +
        '  jobmeter budget set proj-1 monthly --amount 1000 --notify 50%,80% --notify-forecast 100%\n' +
        '  jobmeter budget set proj-1 vision --amount 400 --label team=vision --notify 80% --stop 100%',
    )
    .action(async (projectId: string, name: string, _, command: Command) => {
      const options = command.optsWithGlobals<SetOptions>();
      await setByHand(projectId, name, options).catch((error: unknown) => {
        const wrong = wrongUse(error, options);
        if (wrong !== undefined) command.error(wrong);
        throw error;
      });
    });
};

const addReadCommands = (budget: Command): void => {
  budget
    .command('list')
    .argument('<project>', PROJECT)
    .description('list the budgets of a project, and how far each is used this month')
    .action(async (projectId: string, _, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const context = await (await connectStage(options)).openContext('read');
      const budgets = await readAll(context, projectId);
      print(options.json, budgets, () => showBudgets(budgets, context.calendar.timeZone));
    });
  budget
    .command('show')
    .argument('<project>', PROJECT)
    .argument('<name>', NAME)
    .description('show a budget, and when its thresholds were crossed or will be')
    .action(async (projectId: string, name: string, _, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const context = await (await connectStage(options)).openContext('read');
      const state = await readOne(context, projectId, name);
      print(options.json, state, () => showBudget(projectId, state, context.calendar.timeZone));
    });
};

const addRemoveCommand = (budget: Command): void => {
  budget
    .command('remove')
    .argument('<project>', PROJECT)
    .argument('<name>', NAME)
    .description('remove a budget: from now on it sends and stops nothing')
    .action(async (projectId: string, name: string, _, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const actor = await readActor(options.stage);
      const context = await (await connectStage(options)).openContext('write');
      await removeBudget(context, { projectId, name, actor });
      print(options.json, { projectId, name, removed: true }, () => `${name}: removed`);
    });
};

/** Checks the budgets of a project, due or not. */
const checkOne = async (context: BillingContext, projectId: string) => {
  const budgets = await context.store.readBudgets(projectId);
  if (budgets.length === 0) return { checked: [], failed: [] };
  await checkBudgets(context, projectId, context.now());
  return { checked: [projectId], failed: [] };
};

const addCheckCommand = (budget: Command): void => {
  budget
    .command('check')
    .argument('[project]', 'the project id; by default every project whose budgets are due')
    .description('check budgets now, as the schedule does every minute: thresholds fire, stops are requested')
    .action(async (projectId: string | undefined, _, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const context = await (await connectStage(options)).openContext('write');
      const onFailure = ({ projectId: failed, error }: { projectId: string; error: unknown }) =>
        console.error(`jobmeter: the budgets of ${failed} cannot be checked: ${(error as Error).message}`);
      const { checked, failed } =
        projectId === undefined
          ? await checkDueBudgets(context, { onFailure })
          : await checkOne(context, projectId);
      if (failed.length > 0) process.exitCode = 1;
      print(options.json, { checked, failed }, () =>
        checked.length === 0
          ? 'no budget is due'
          : `${counted(checked.length, 'project')} checked: ${checked.join(', ')}`,
      );
    });
};

export const addBudgetCommands = (program: Command): void => {
  const budget = program
    .command('budget')
    .description('amounts for each month of a project or a label, with events and stops on the way');
  addSetCommand(budget);
  addReadCommands(budget);
  addRemoveCommand(budget);
  addCheckCommand(budget);
};
