import type { Command } from 'commander';

type AddCommand = (program: Command) => void;

interface ListedCommand {
  /** Its line in the list of commands. */
  readonly summary: string;
  /** Imports its file. */
  readonly load: () => Promise<AddCommand>;
}

/** Every command under the heading that lists it, in the order of the help. */
const COMMANDS: Readonly<Record<string, Readonly<Record<string, ListedCommand>>>> = {
  'What is used, and what it costs:': {
    usage: {
      summary: 'the usage of a project in a month, its total and forecast',
      load: async () => (await import('./commands/usage.ts')).addUsageCommand,
    },
    jobs: {
      summary: 'the jobs of a project in a month, with status and cost',
      load: async () => (await import('./commands/jobs.ts')).addJobsCommand,
    },
    job: {
      summary: 'one job: what happened, what it costs and why, what was billed',
      load: async () => (await import('./commands/job.ts')).addJobCommand,
    },
    projects: {
      summary: 'the projects with usage in a month, with their totals',
      load: async () => (await import('./commands/projects.ts')).addProjectsCommand,
    },
    statement: {
      summary: 'the statement of a project for a month: text, page, PDF or CSV',
      load: async () => (await import('./commands/statement.ts')).addStatementCommand,
    },
    export: {
      summary: 'the billed charges of projects and months as one file',
      load: async () => (await import('./commands/export.ts')).addExportCommand,
    },
  },
  'Budgets:': {
    budget: {
      summary: 'set, list, show, remove and check budgets, with events and stops on the way',
      load: async () => (await import('./commands/budget.ts')).addBudgetCommands,
    },
  },
  'What is not billed yet:': {
    held: {
      summary: 'jobs with time that waits for a stop to be reported',
      load: async () => (await import('./commands/held.ts')).addHeldCommand,
    },
    unrated: {
      summary: 'jobs with time that waits for a price or for resources',
      load: async () => (await import('./commands/unrated.ts')).addUnratedCommand,
    },
  },
  'Billing:': {
    send: {
      summary: 'send events from a file',
      load: async () => (await import('./commands/send.ts')).addSendCommand,
    },
    retract: {
      summary: 'take an event back that was sent by mistake',
      load: async () => (await import('./commands/retract.ts')).addRetractCommand,
    },
    poll: {
      summary: "record what changed of the jobs of the provider's projects",
      load: async () => (await import('./commands/poll.ts')).addPollCommand,
    },
    import: {
      summary: 'record the jobs that Slurm or another platform ran, or show their cost',
      load: async () => (await import('./commands/import.ts')).addImportCommand,
    },
    close: {
      summary: 'issue the statements of every month that has ended',
      load: async () => (await import('./commands/close.ts')).addCloseCommand,
    },
    statements: {
      summary: 'drafts of statements: list, approve and hold them back',
      load: async () => (await import('./commands/statements.ts')).addStatementsCommands,
    },
    tariff: {
      summary: 'list, import, publish and resume tariffs',
      load: async () => (await import('./commands/tariff.ts')).addTariffCommands,
    },
    compare: {
      summary: 'what the same jobs cost under several tariffs',
      load: async () => (await import('./commands/compare.ts')).addCompareCommand,
    },
  },
  'What goes out:': {
    endpoint: {
      summary: 'where events are sent: add, list, test, rotate, remove',
      load: async () => (await import('./commands/endpoint.ts')).addEndpointCommands,
    },
    deliveries: {
      summary: 'which events were sent, and what waits for an endpoint',
      load: async () => (await import('./commands/deliveries.ts')).addDeliveriesCommand,
    },
    redeliver: {
      summary: 'try now what waits for an endpoint',
      load: async () => (await import('./commands/redeliver.ts')).addRedeliverCommand,
    },
  },
  'Does it add up?': {
    reconcile: {
      summary: "compare the provider's bill of a month with the charges here",
      load: async () => (await import('./commands/reconcile.ts')).addReconcileCommand,
    },
    audit: {
      summary: 'derive every charge again and compare',
      load: async () => (await import('./commands/audit.ts')).addAuditCommand,
    },
    replay: {
      summary: 'rebuild the statements of a month and compare',
      load: async () => (await import('./commands/replay.ts')).addReplayCommand,
    },
    verify: {
      summary: 'check a statement from its files only',
      load: async () => (await import('./commands/verify.ts')).addVerifyCommand,
    },
    log: {
      summary: 'what people have done: who, when and what',
      load: async () => (await import('./commands/log.ts')).addLogCommand,
    },
    redrive: {
      summary: 'settle the jobs that could not be settled before',
      load: async () => (await import('./commands/redrive.ts')).addRedriveCommand,
    },
  },
  'More:': {
    demo: {
      summary: 'run a month of jobs through a local stack of its own',
      load: async () => (await import('./commands/demo.ts')).addDemoCommand,
    },
    token: {
      summary: 'issue a token for the API and the web page',
      load: async () => (await import('./commands/token.ts')).addTokenCommand,
    },
    link: {
      summary: 'make a link that signs its reader in to the web page',
      load: async () => (await import('./commands/link.ts')).addLinkCommand,
    },
    // The last one: it completes those before it.
    completion: {
      summary: 'print a script that completes commands and options in a shell',
      load: async () => (await import('./commands/completion.ts')).addCompletionCommand,
    },
  },
};

/** Names that a command adds besides its own. */
const ALSO: Readonly<Record<string, string>> = { complete: 'completion' };

/** Adds a command as it is listed, or all of it if the command line names it. */
const addCommand = async (
  program: Command,
  name: string,
  { summary, load }: ListedCommand,
  isNamed: boolean,
): Promise<void> => {
  if (isNamed) (await load())(program);
  else program.command(name).description(summary);
  program.commands.find((command) => command.name() === name)?.summary(summary);
};

/** Adds all commands. Only the files of those are loaded that are among the words. */
export const addCommands = async (program: Command, words: readonly string[]): Promise<void> => {
  const named = new Set(words.map((word) => ALSO[word] ?? word));
  for (const [heading, commands] of Object.entries(COMMANDS)) {
    program.commandsGroup(heading);
    for (const [name, command] of Object.entries(commands))
      await addCommand(program, name, command, named.has(name));
  }
};
