import type { ReasonGroup } from '../../lib/operations/import/reasons.ts';
import { createReasons } from '../../lib/operations/import/reasons.ts';
import type { Platform } from '../../lib/sources/platforms.ts';
import type { ReportedEvent, Translated } from '../../lib/sources/reported-event.ts';
import type { SourceOptions, Translator } from '../../lib/sources/translator.ts';
import { peek } from './peek.ts';
import { nameOfFile, readFileText } from './read-file.ts';
import { readJson } from './read-json.ts';
import { readLines } from './read-lines.ts';
import type { SourceRecord } from './records.ts';

const READERS = { lines: readLines, json: readJson };

/** What was read of files so far. */
export interface FilesRead {
  readonly records: number;
  readonly reads: Platform['reads'];
  /** What was not translated. */
  readonly skipped: readonly ReasonGroup[];
}

/** Whether a text begins as JSON does. */
const isJsonStart = (head: string): boolean => /^\s*["[{\d]|^\s*$/.test(head);

const unreadable = (position: number, reason: string): Translated => ({
  events: [],
  skipped: [{ line: position, reason }],
});

const translate = (translator: Translator, record: SourceRecord): Translated =>
  'unreadable' in record
    ? unreadable(record.position, record.unreadable)
    : translator.next(record.value, record.position);

/** Translates files of a platform, one after another, and says what was not translated. */
export const createFileTranslation = (
  platform: Platform,
  files: readonly string[],
  options: SourceOptions,
) => {
  const skipped = createReasons();
  let records = 0;

  const eventsOf = ({ events, skipped: left }: Translated, of: string, name: string) => {
    for (const { line, reason } of left)
      skipped.add(reason, files.length > 1 ? `${of} ${line} of ${name}` : `${of} ${line}`);
    return events;
  };

  async function* events(): AsyncIterable<ReportedEvent> {
    // Files of lines have a header each; JSON values of several files may belong together.
    let translator = platform.create(options);
    let last = { of: 'record', name: '' };
    for (const [index, file] of files.entries()) {
      if (index > 0 && platform.reads === 'lines') {
        yield* eventsOf(translator.end(), last.of, last.name);
        translator = platform.create(options);
      }
      const name = nameOfFile(file);
      const { head, text } = await peek(readFileText(file), (part) => part.trim() !== '');
      if (platform.translateText && !isJsonStart(head)) {
        records += 1;
        const whole = (await Array.fromAsync(text)).join('');
        yield* eventsOf(platform.translateText(whole, options), 'line', name);
        continue;
      }
      for await (const record of READERS[platform.reads](name, text)) {
        records += 1;
        last = { of: record.of, name };
        yield* eventsOf(translate(translator, record), record.of, name);
      }
    }
    yield* eventsOf(translator.end(), last.of, last.name);
  }

  return {
    events,
    read: (): FilesRead => ({ records, reads: platform.reads, skipped: skipped.result() }),
  };
};
