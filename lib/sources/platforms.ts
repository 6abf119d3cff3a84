import { createBatchTranslator } from './batch.ts';
import { createKubernetesTranslator } from './kubernetes.ts';
import { createOvhTranslator } from './ovh.ts';
import { translateOvhaiText } from './ovhai-text.ts';
import type { Translated } from './reported-event.ts';
import { createSagemakerTranslator } from './sagemaker.ts';
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
  /** Translates a file of text, if its JSON has a printed form too. */
  readonly translateText?: (text: string, options: SourceOptions) => Translated;
}

const JSON_OF_AWS = {
  reads: 'json',
  hasLocalTimes: false,
  field: 'tag',
  project: 'the AWS account',
} as const;

/** The platforms whose history can be imported, by name. */
export const PLATFORMS: Readonly<Record<string, Platform>> = {
  batch: {
    files: 'events of AWS Batch, or what `aws batch describe-jobs` prints',
    ...JSON_OF_AWS,
    create: createBatchTranslator,
  },
  kubernetes: {
    files: 'what `kubectl get pods,jobs,nodes -o json` prints, with workloads of Kueue',
    ...{ reads: 'json', hasLocalTimes: false, field: 'label', project: 'namespace' },
    create: createKubernetesTranslator,
  },
  ovh: {
    files: 'jobs of OVHcloud AI Training as its API lists them, or what `ovhai job get` prints',
    ...{ reads: 'json', hasLocalTimes: false, field: 'label', user: 'ovh/user' },
    ...{ create: createOvhTranslator, translateText: translateOvhaiText },
  },
  sagemaker: {
    files: 'events of SageMaker training jobs, or what `describe-training-job` prints',
    ...JSON_OF_AWS,
    create: createSagemakerTranslator,
  },
  slurm: {
    files: 'what `sacct -P` prints',
    ...{ reads: 'lines', hasLocalTimes: true, field: 'column', project: 'Account', user: 'user' },
    create: createSlurmTranslator,
  },
};
