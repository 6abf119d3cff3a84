import type { Labels } from '../billing/facts.ts';
import { readId, type Translated, Unreadable } from './reported-event.ts';

/** Settings of a translation, equal for all platforms. */
export interface SourceOptions {
  /** One project for all jobs, or the field that names it; without it the platform's own field. */
  readonly project?: { readonly id: string } | { readonly field: string } | undefined;
  /** Labels that every job gets besides those that the platform reports. */
  readonly labels?: Labels | undefined;
  /** IANA zone of times without an offset. */
  readonly timeZone: string;
}

/** Translates the records of one file or feed. Records may come in any order and more than once. */
export interface Translator {
  /** A record: a line of text, or a JSON value. `position` counts from 1 in its file. */
  next(record: unknown, position: number): Translated;
  /** What can be translated only once all records are known. */
  end(): Translated;
}

/** The project of a record, by its fields of names and their values. */
export const projectOf = (
  { project }: SourceOptions,
  own: string | undefined,
  fields: (name: string) => string | undefined,
): string => {
  if (project && 'id' in project) return readId('project', project.id);
  const field = project?.field ?? own;
  if (field === undefined)
    throw new Unreadable('nothing names the project: give it, or the field that names it');
  const value = fields(field);
  if (value === undefined || value === '')
    throw new Unreadable(`${field}, which names the project, is missing`);
  return readId(field, value);
};
