import { createOvhTranslator } from './ovh.ts';
import { createSlurmTranslator } from './slurm.ts';
import type { SourceOptions, Translator } from './translator.ts';

/** A platform whose reports are translated. */
export interface Platform {
  /** What its files are, in some words. */
  readonly files: string;
  /** How they are read: each line is a record, or each JSON value. */
  readonly reads: 'lines' | 'json';
  /** Whether times have no offset, so that their zone has to be known. */
  readonly hasLocalTimes: boolean;
  /** What `SourceOptions.project.field` names: a column, a label or a tag. */
  readonly field: 'column' | 'label' | 'tag';
  /** What names the project of a job if nothing else is said. Absent if nothing does. */
  readonly project?: string;
  /** The label that names whose job it is. Absent if none does. */
  readonly user?: string;
  readonly create: (options: SourceOptions) => Translator;
}

/** The platforms whose history can be imported, by name. */
export const PLATFORMS: Readonly<Record<string, Platform>> = {
  ovh: {
    files: 'jobs of OVHcloud AI Training as its API lists them, JSON',
    ...{ reads: 'json', hasLocalTimes: false, field: 'label', user: 'ovh/user', create: createOvhTranslator },
  },
  slurm: {
    files: 'the output of `sacct -P`',
    ...{ reads: 'lines', hasLocalTimes: true, field: 'column', project: 'Account', user: 'user' },
    create: createSlurmTranslator,
  },
};
