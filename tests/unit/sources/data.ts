import { readFileSync } from 'node:fs';
import { createOpenbTranslator } from '../../../lib/sources/openb.ts';
import { translatePhilly } from '../../../lib/sources/philly.ts';
import {
  joinTranslated,
  type LineTranslator,
  type ReportedEvent,
  type Translated,
} from '../../../lib/sources/reported-event.ts';
import { createSlurmTranslator } from '../../../lib/sources/slurm.ts';
import type { SourceOptions, Translator } from '../../../lib/sources/translator.ts';

/** A made-up file in the format of a platform. */
const read = (name: string): string => readFileSync(new URL(`data/${name}`, import.meta.url), 'utf8');

const doc = (name: string): string => readFileSync(new URL(`../../../docs/${name}`, import.meta.url), 'utf8');

const translateLines = (translate: LineTranslator, text: string): Translated =>
  joinTranslated(text.split('\n').map(translate));

/** Everything that a translator gives for the records of a file. */
export const translateAll = (translator: Translator, records: readonly unknown[]): Translated =>
  joinTranslated([...records.map((record, index) => translator.next(record, index + 1)), translator.end()]);

/** Second 0 of the made-up openb trace. */
export const ORIGIN = Date.UTC(2026, 0);

export const OPENB = read('openb_pod_list_made_up.csv');
export const PHILLY = read('cluster_job_log');
export const SACCT = read('sacct.txt');

export const SOURCES_DOC = doc('sources.md');
export const EXAMPLE_SACCT = doc('examples/sacct.txt');
export const EXAMPLE_TARIFF: unknown = JSON.parse(doc('examples/slurm-tariff.json'));
export const CLUSTER = JSON.parse(doc('examples/cluster.json')) as {
  readonly items: readonly Readonly<Record<string, unknown>>[];
};

export const openb = (text = OPENB): Translated =>
  translateLines(createOpenbTranslator({ source: 'urn:openb', project: 'openb', origin: ORIGIN }), text);

export const philly = (text = PHILLY, timeZone = 'America/Los_Angeles'): Translated =>
  translatePhilly(text, { source: 'urn:philly', timeZone });

export const sacct = (text = SACCT, options: Partial<SourceOptions> = {}): Translated =>
  translateAll(createSlurmTranslator({ timeZone: 'Europe/Paris', ...options }), text.split('\n'));

export const eventsOf = ({ events }: Translated, jobId: string): ReportedEvent[] =>
  events.filter(({ subject }) => subject === jobId);

/** Statuses and times of a job, and the resources where they are stated. */
export const inShort = (translated: Translated, jobId: string): string[] =>
  eventsOf(translated, jobId).map(({ time, data: { status, resources } }) => {
    const counts = (['gpu', 'cpu', 'node'] as const).flatMap((unit) =>
      resources?.[unit] === undefined ? [] : [`${unit} ${resources[unit]}`],
    );
    return [time.replace('.000Z', 'Z'), status, ...(resources ? [resources.flavor, ...counts] : [])].join(
      ' ',
    );
  });

export const skippedInShort = ({ skipped }: Translated): string[] =>
  skipped.map(({ line, reason }) => `${line}: ${reason}`);
