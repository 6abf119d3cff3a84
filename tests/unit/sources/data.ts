import { readFileSync } from 'node:fs';
import { createOpenbTranslator } from '../../../lib/sources/openb.ts';
import { translatePhilly } from '../../../lib/sources/philly.ts';
import type { LineTranslator, ReportedEvent, Translated } from '../../../lib/sources/reported-event.ts';
import { createSlurmTranslator } from '../../../lib/sources/slurm.ts';

/** A made-up file in the format of a platform. */
const read = (name: string): string => readFileSync(new URL(`data/${name}`, import.meta.url), 'utf8');

export const translateLines = (translate: LineTranslator, text: string): Translated => {
  const parts = text.split('\n').map(translate);
  return {
    events: parts.flatMap(({ events }) => events),
    skipped: parts.flatMap(({ skipped }) => skipped),
  };
};

/** Second 0 of the made-up openb trace. */
export const ORIGIN = Date.UTC(2026, 0);

export const OPENB = read('openb_pod_list_made_up.csv');
export const PHILLY = read('cluster_job_log');
export const SACCT = read('sacct.txt');

export const openb = (text = OPENB): Translated =>
  translateLines(createOpenbTranslator({ source: 'urn:openb', project: 'openb', origin: ORIGIN }), text);

export const philly = (text = PHILLY, timeZone = 'America/Los_Angeles'): Translated =>
  translatePhilly(text, { source: 'urn:philly', timeZone });

export const sacct = (text = SACCT, timeZone = 'Europe/Paris'): Translated =>
  translateLines(createSlurmTranslator({ source: 'urn:sacct', timeZone }), text);

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
