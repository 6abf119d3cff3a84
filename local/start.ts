import { parseArgs } from 'node:util';
import { readLocalSettings } from './settings.ts';
import { startStack } from './stack.ts';

const HELP = `npm start

Starts the local stack: DynamoDB Local, the functions, the stream between them and the web page.
Ctrl-C stops everything. These variables of the environment change it:

  PORT           the API and the web page (3000)
  LAMBDA_PORT    calls functions by name (3002)
  DYNAMODB_PORT  DynamoDB Local (8000)
  DATA_DIR       where the table is kept (in memory)
  SCHEDULES      on runs the close, audit, checks of budgets and retries (off)
  BATCH_WINDOW   seconds that facts wait for further ones (0)

Those of the functions, and the public secrets: docs/command-line.md, "Settings of the local stack".

  -h, --help     shows this
`;

/** Whether help is requested. Ends the process where the arguments are not understood. */
const isHelp = (): boolean => {
  try {
    return parseArgs({ options: { help: { type: 'boolean', short: 'h', default: false } } }).values.help;
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${HELP}`);
    return process.exit(2);
  }
};

if (isHelp()) {
  process.stdout.write(HELP);
  process.exit(0);
}

let isInterrupted = false;
const interrupted = new Promise<undefined>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      isInterrupted = true;
      resolve(undefined);
    });
  }
});

/** Ctrl-C also reaches the children: their messages during shutdown are dropped. */
const onLog = (line: string) => {
  if (!isInterrupted) console.error(line);
};

/** Serves until a signal. Returns a one-line problem, or nothing after a signal. */
const serve = async (): Promise<string | undefined> => {
  const settings = readLocalSettings();
  console.log('starting DynamoDB Local, the functions and the stream between them');
  console.log(
    settings.dataDir
      ? `tables are kept in ${settings.dataDir}`
      : 'tables are in memory (DATA_DIR keeps them)',
  );
  console.log(
    settings.schedules
      ? 'schedules run as deployed, in UTC: the close, the audit, checks of budgets, retries of parked jobs'
      : 'no schedules run that close, audit or check budgets, but events out are delivered again until they arrive, and large months are added up: close a month with npx jobmeter close, check budgets with npx jobmeter budget check (SCHEDULES=on runs all as deployed)',
  );
  const stack = await startStack({ ...settings, onLog });
  try {
    console.log(`jobmeter ready ${stack.url}`);
    console.log('try, in another terminal:  npx jobmeter send <file>');
    console.log('                           npx jobmeter token --project <id>');
    console.log('Ctrl-C stops everything');
    return await Promise.race([interrupted, stack.exited]);
  } finally {
    await stack.stop();
  }
};

const problem = await serve().catch((error: unknown) =>
  error instanceof Error ? error.message : String(error),
);
// A signal to the process group may end children during the start; that is no failure.
if (problem === undefined || isInterrupted) process.exit(0);
console.error(problem);
process.exit(1);
