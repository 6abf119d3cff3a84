import tab from '@bomb.sh/tab/commander';
import type { Command } from 'commander';

/** Adds `completion <shell>`, and the hidden `complete`, which its scripts call for each word. */
export const addCompletionCommand = (program: Command): void => {
  tab(program, { completionCommandName: 'completion' });
  program.commands
    .find((command) => command.name() === 'completion')
    ?.description('print a script that completes commands and options in a shell')
    .addHelpText(
      'after',
      '\nIt completes the command `jobmeter`, so that has to be on the PATH: `npm link` does it.\n' +
        '  bash  source <(jobmeter completion bash)     in ~/.bashrc\n' +
        '  zsh   source <(jobmeter completion zsh)      in ~/.zshrc, after compinit\n' +
        '  fish  jobmeter completion fish | source      in ~/.config/fish/config.fish',
    );
};
