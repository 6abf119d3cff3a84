import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import { readWebhookConfig } from '../../lib/config.ts';
import { Refusal } from '../../lib/refusal.ts';
import { readLocalSettings } from '../../local/settings.ts';
import { createProgress, print } from '../output.ts';
import { sendEvents } from '../sender.ts';
import type { GlobalOptions } from '../stage.ts';

interface SendOptions extends GlobalOptions {
  readonly url?: string;
}

const parseLine = (line: string, number: number): unknown => {
  try {
    return JSON.parse(line);
  } catch {
    throw new Refusal('not-json', `line ${number} is not JSON; nothing was sent`);
  }
};

const readEvents = async (file: string): Promise<unknown[]> => {
  const content = await (file === '-' ? text(process.stdin) : readFile(file, 'utf8'));
  return content
    .split('\n')
    .map((line, index) => ({ line, number: index + 1 }))
    .filter(({ line }) => line.trim() !== '')
    .map(({ line, number }) => parseLine(line, number));
};

const receiverOf = ({ stage, url }: SendOptions) => {
  if (stage === 'local') {
    const { port, webhookSecret } = readLocalSettings();
    return { url: url ?? `http://localhost:${port}`, secret: webhookSecret };
  }
  if (url === undefined) throw new Refusal('invalid', `say where stage ${stage} is: --url https://...`);
  return { url, secret: readWebhookConfig({ ...process.env, STAGE: stage }).secrets };
};

export const addSendCommand = (program: Command): void => {
  program
    .command('send')
    .argument('<file>', 'events, one CloudEvent as JSON a line; - for standard input')
    .description('sign events and post them to the API; sending again changes nothing')
    .option('--url <url>', 'the API (default: the local stack)')
    .action(async (file: string, _, command: Command) => {
      const options = command.optsWithGlobals<SendOptions>();
      const events = await readEvents(file);
      const { url, secret } = receiverOf(options);
      const progress = createProgress(Date.now);
      const results = await sendEvents({ url, secret: [secret].flat()[0] ?? '' }, events, (sent) =>
        progress.show(`sent ${sent} of ${events.length}`),
      ).finally(progress.end);
      const count = (outcome: string) => results.filter((result) => result.outcome === outcome).length;
      const conflicts = results.filter(({ outcome }) => outcome === 'conflict');
      print(options.json, { results }, () =>
        [
          `${count('recorded')} recorded, ${count('duplicate')} known already, ${conflicts.length} in conflict`,
          ...conflicts.map(({ id }) => `  ${id}: recorded before with other content; it was not changed`),
        ].join('\n'),
      );
      if (conflicts.length > 0) process.exitCode = 1;
    });
};
