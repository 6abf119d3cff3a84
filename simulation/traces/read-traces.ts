import { createReadStream } from 'node:fs';
import { open, readdir, readFile } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { createOpenbTranslator, isOpenbHeader } from '../../lib/sources/openb.ts';
import { isPhillyStart, translatePhilly } from '../../lib/sources/philly.ts';
import type { LineTranslator, ReportedEvent, Skipped, Translated } from '../../lib/sources/reported-event.ts';
import { createSlurmTranslator, isSacctHeader } from '../../lib/sources/slurm.ts';

export const FORMATS = ['openb', 'philly', 'sacct'] as const;
export type Format = (typeof FORMATS)[number];

export interface TraceFile {
  readonly file: string;
  readonly format: Format;
  readonly events: number;
  readonly skipped: readonly Skipped[];
}

export interface Trace {
  readonly files: readonly TraceFile[];
  /** Names of the files that are in none of the formats. */
  readonly unknownFiles: readonly string[];
  /** Each event once. */
  readonly events: readonly ReportedEvent[];
  /** Events that were read before, such as those of overlapping files. */
  readonly repeated: number;
}

export interface ReadOptions {
  /** Only files of this format. */
  readonly format?: Format | undefined;
  /** IANA zone of times without an offset. */
  readonly timeZone: string;
  readonly onProgress: (text: string) => void;
}

const HEAD_BYTES = 64 * 1024;

const headOf = async (path: string): Promise<string> => {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
};

/** The format of a file, by how it begins; its name does not matter. */
const formatOf = (head: string): Format | undefined => {
  const [first = ''] = head.split('\n', 1);
  if (isOpenbHeader(first)) return 'openb';
  if (isSacctHeader(first)) return 'sacct';
  return isPhillyStart(head) ? 'philly' : undefined;
};

/** A project or source name of a file name. */
const nameOf = (file: string) => basename(file, extname(file)).replace(/[^A-Za-z0-9._-]/g, '-');

/** Second 0 of an openb trace, whose real start is not disclosed. */
const OPENB_ORIGIN = Date.UTC(2023, 0);

/** Pods of two openb files share names, so each file has projects of its own. */
const lineTranslatorOf = (
  format: Exclude<Format, 'philly'>,
  file: string,
  timeZone: string,
): LineTranslator => {
  if (format === 'sacct') {
    const translator = createSlurmTranslator({ timeZone });
    let position = 0;
    return (line) => {
      position += 1;
      return translator.next(line, position);
    };
  }
  const project = nameOf(file);
  return createOpenbTranslator({ source: `urn:trace:openb:${project}`, project, origin: OPENB_ORIGIN });
};

const translateFile = async function* (
  path: string,
  format: Format,
  timeZone: string,
): AsyncGenerator<Translated> {
  if (format === 'philly') {
    yield translatePhilly(await readFile(path, 'utf8'), { source: 'urn:trace:philly', timeZone });
    return;
  }
  const translate = lineTranslatorOf(format, path, timeZone);
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity }))
    yield translate(line);
};

/** Reads every file of a folder that is in one of the formats. */
export const readTraces = async (
  folder: string,
  { format: only, timeZone, onProgress }: ReadOptions,
): Promise<Trace> => {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  const events = new Map<string, ReportedEvent>();
  const files: TraceFile[] = [];
  const unknownFiles: string[] = [];
  let repeated = 0;
  for (const file of names.sort()) {
    const path = join(folder, file);
    const format = formatOf(await headOf(path));
    if (!format) unknownFiles.push(file);
    if (!format || (only && format !== only)) continue;
    const skipped: Skipped[] = [];
    let count = 0;
    for await (const translated of translateFile(path, format, timeZone)) {
      for (const event of translated.events) {
        const key = `${event.data.projectId} ${event.subject} ${event.id}`;
        count += 1;
        if (events.has(key)) repeated += 1;
        else events.set(key, event);
      }
      skipped.push(...translated.skipped);
      onProgress(`${file}: ${count} events`);
    }
    files.push({ file, format, events: count, skipped });
  }
  return { files, unknownFiles, events: [...events.values()], repeated };
};
