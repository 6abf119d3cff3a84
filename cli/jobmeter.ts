#!/usr/bin/env node
import { Command } from 'commander';
import { addAuditCommand } from './commands/audit.ts';
import { addCloseCommand } from './commands/close.ts';
import { addCompareCommand } from './commands/compare.ts';
import { addDemoCommand } from './commands/demo.ts';
import { addExportCommand } from './commands/export.ts';
import { addHeldCommand } from './commands/held.ts';
import { addLinkCommand } from './commands/link.ts';
import { addRedriveCommand } from './commands/redrive.ts';
import { addReplayCommand } from './commands/replay.ts';
import { addSendCommand } from './commands/send.ts';
import { addStatementCommand } from './commands/statement.ts';
import { addTariffCommands } from './commands/tariff.ts';
import { addTokenCommand } from './commands/token.ts';
import { addUsageCommand } from './commands/usage.ts';
import { addVerifyCommand } from './commands/verify.ts';
import { explain } from './explain.ts';

const program = new Command('jobmeter')
  .description('Metering and billing for AI training jobs.')
  .option('--json', 'print JSON instead of text')
  .option('--stage <name>', 'the deployed stage to work on', 'local')
  .configureHelp({ showGlobalOptions: true })
  .showHelpAfterError('(add --help for usage)')
  .addHelpText('after', '\nExit codes: 0 success, 1 refused or failed, 2 usage error.');

addDemoCommand(program);
addSendCommand(program);
addCloseCommand(program);
addUsageCommand(program);
addStatementCommand(program);
addExportCommand(program);
addTariffCommands(program);
addCompareCommand(program);
addTokenCommand(program);
addLinkCommand(program);
addRedriveCommand(program);
addHeldCommand(program);
addAuditCommand(program);
addReplayCommand(program);
addVerifyCommand(program);

/** Usage errors exit with 2; commander exits with 1. */
const withExitCode = (command: Command): void => {
  command.exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));
  command.commands.forEach(withExitCode);
};
withExitCode(program);

try {
  await program.parseAsync();
} catch (error) {
  console.error(explain(error));
  process.exitCode = 1;
}
