import type { Command } from 'commander';
import { type InputError, Refusal } from '../../lib/refusal.ts';
import { REAL_TIME } from '../api-client.ts';
import { type EventLines, readEventLines } from '../event-lines.ts';
import { createProgress, print } from '../output.ts';
import { waitingText } from '../patience.ts';
import { readStandardInput, readTextFile } from '../read-text.ts';
import { receiverOf } from '../receiver.ts';
import { type SendResult, type Sent, sendEvents } from '../sender.ts';
import type { GlobalOptions } from '../stage.ts';

interface SendOptions extends GlobalOptions {
  readonly url?: string;
}

type LineResult = Omit<SendResult, 'index'> & { readonly line: number };
interface RefusedLine {
  readonly line: number;
  readonly id?: string;
  readonly errors: readonly InputError[];
}

const idOf = (event: unknown): { readonly id?: string } =>
  typeof event === 'object' && event !== null && 'id' in event && typeof event.id === 'string'
    ? { id: event.id }
    : {};

/** Outcome of each line of the file. */
const byLine = ({ events, notJson }: EventLines, { results, refusals }: Sent) => {
  const lineOf = (index: number) => events[index]?.line ?? 0;
  const refused: RefusedLine[] = [
    ...notJson.map((line) => ({ line, errors: [{ pointer: '', detail: 'the line is not JSON' }] })),
    ...refusals.map(({ index, errors }) => ({ line: lineOf(index), ...idOf(events[index]?.event), errors })),
  ];
  return {
    results: results.map(({ index, ...result }): LineResult => ({ line: lineOf(index), ...result })),
    refusals: refused.sort((a, b) => a.line - b.line),
  };
};

/** Ids that the API would refuse are not printed: they may contain control characters. */
const locationOf = ({ line, id = '' }: { readonly line: number; readonly id?: string }): string =>
  /^[\x20-\x7e]{1,256}$/.test(id) ? `line ${line}, id ${id}` : `line ${line}`;

const show = ({ results, refusals }: ReturnType<typeof byLine>): string => {
  const count = (outcome: string) => results.filter((result) => result.outcome === outcome).length;
  const conflicts = results.filter(({ outcome }) => outcome === 'conflict');
  const notes = [
    ...conflicts.map((result) => ({
      line: result.line,
      text: `${locationOf(result)}: recorded before with other content; it was not changed`,
    })),
    ...refusals.flatMap((refused) =>
      refused.errors.map(({ detail }) => ({
        line: refused.line,
        text: `${locationOf(refused)}: ${detail}`,
      })),
    ),
  ];
  return [
    `${count('recorded')} recorded, ${count('duplicate')} known already, ${conflicts.length} in conflict, ${refusals.length} refused`,
    ...notes.sort((a, b) => a.line - b.line).map(({ text }) => `  ${text}`),
  ].join('\n');
};

const stoppedAt = (line: number, { code, message, errors, moreErrors }: Refusal): Refusal => {
  const note = `stopped at line ${line}; sending the file again is safe`;
  return new Refusal(code, `${message}\n  ${note}`, { errors, moreErrors });
};

export const addSendCommand = (program: Command): void => {
  program
    .command('send')
    .argument('<file>', 'events, one CloudEvent as JSON a line; - for standard input')
    .description('sign events and post them to the API; sending again is safe')
    .option('--url <url>', 'the API (default: the local stack)')
    .action(async (file: string, _, command: Command) => {
      const options = command.optsWithGlobals<SendOptions>();
      const lines =
        file === '-'
          ? readEventLines('standard input', await readStandardInput())
          : readEventLines(file, await readTextFile(file));
      const receiver = receiverOf(options);
      const progress = createProgress(REAL_TIME.now);
      const events = lines.events.map(({ event }) => event);
      const sent = await sendEvents(receiver, events, {
        ...REAL_TIME,
        onProgress: (done) => progress.show(`sent ${done} of ${events.length}`),
        onWait: (waiting) =>
          waiting.waitedMs === 0
            ? progress.announce(waitingText(waiting))
            : progress.show(waitingText(waiting)),
      }).finally(progress.end);
      const answer = byLine(lines, sent);
      const { results, refusals } = answer;
      const { stopped } = sent;
      if (stopped && results.length + refusals.length === 0) throw stopped.why;
      print(options.json, answer, () => show(answer));
      if (stopped) throw stoppedAt(lines.events[stopped.index]?.line ?? 0, stopped.why);
      if (refusals.length > 0 || results.some(({ outcome }) => outcome === 'conflict')) process.exitCode = 1;
    });
};
