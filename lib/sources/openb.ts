import { SECOND_MS } from '../billing/minutes.ts';
import type { Status } from '../billing/statuses.ts';
import {
  eventOf,
  type LineTranslator,
  labelsOf,
  NOTHING,
  type ReportedEvent,
  type ReportedResources,
  readId,
  translateRecord,
  Unreadable,
} from './reported-event.ts';

export interface OpenbOptions {
  /** CloudEvents source. */
  readonly source: string;
  /**
   * Prefix of the project ids. The trace has no customers: each quality of service is a project.
   */
  readonly project: string;
  /** The instant of second 0 of the trace, epoch milliseconds. */
  readonly origin: number;
}

const COLUMNS = [
  'name',
  'cpu_milli',
  'num_gpu',
  'gpu_milli',
  'gpu_spec',
  'qos',
  'pod_phase',
  'creation_time',
  'deletion_time',
  'scheduled_time',
] as const;
type Pod = Readonly<Record<(typeof COLUMNS)[number], string>>;

/** Whether a line is the header of an openb pod list. */
export const isOpenbHeader = (line: string): boolean => {
  const names = line.trim().split(',');
  return COLUMNS.every((column) => names.includes(column));
};

/** The status of a pod that was deleted in a phase. A deleted pod in phase Running was stopped. */
const END: Readonly<Record<string, Status>> = {
  Succeeded: 'DONE',
  Failed: 'FAILED',
  Running: 'INTERRUPTED',
  Pending: 'INTERRUPTED',
};

/** Tables that were written with missing numbers have `nan`, and whole numbers as `12.0`. */
const isMissing = (text: string) => text === '' || text.toLowerCase() === 'nan';

const readWhole = (name: string, text: string): number => {
  const [, digits] = /^(\d{1,12})(\.0+)?$/.exec(text) ?? [];
  if (digits === undefined) throw new Unreadable(`${name} ${JSON.stringify(text)} is not a whole number`);
  return Number(digits);
};

/** `num_gpu` GPUs of `gpu_milli` thousandths each. */
const gpuMilliOf = (pod: Pod): number => {
  const count = readWhole('num_gpu', pod.num_gpu);
  const milli = readWhole('gpu_milli', pod.gpu_milli);
  if ((count === 0) !== (milli === 0))
    throw new Unreadable(`num_gpu ${count} and gpu_milli ${milli} contradict each other`);
  return count * milli;
};

/** A requested GPU model is the flavor; a choice of several does not say which one was used. */
const flavorOf = (gpuMilli: number, spec: string): string => {
  if (gpuMilli === 0) return 'cpu';
  return isMissing(spec) || spec.includes('|') ? 'gpu' : readId('gpu_spec', spec);
};

const resourcesOf = (pod: Pod): ReportedResources => {
  const gpuMilli = gpuMilliOf(pod);
  const cpuMilli = readWhole('cpu_milli', pod.cpu_milli);
  if (gpuMilli + cpuMilli === 0) throw new Unreadable('the pod has neither GPUs nor CPUs');
  return {
    flavor: flavorOf(gpuMilli, pod.gpu_spec),
    ...(gpuMilli > 0 && { gpu: gpuMilli / 1000 }),
    ...(cpuMilli > 0 && { cpu: cpuMilli / 1000 }),
  };
};

/**
 * A pod has its devices from when it is scheduled until it is deleted. In phase Pending its
 * containers have not run.
 */
const podEvents = (pod: Pod, { source, project, origin }: OpenbOptions): ReportedEvent[] => {
  const timeOf = (name: 'creation_time' | 'scheduled_time' | 'deletion_time') =>
    isMissing(pod[name]) ? undefined : origin + readWhole(name, pod[name]) * SECOND_MS;
  const end = Object.hasOwn(END, pod.pod_phase) ? END[pod.pod_phase] : undefined;
  if (!end) throw new Unreadable(`pod_phase ${JSON.stringify(pod.pod_phase)} is unknown`);
  const [created, scheduled, deleted] = [
    timeOf('creation_time'),
    timeOf('scheduled_time'),
    timeOf('deletion_time'),
  ];
  if (created === undefined) throw new Unreadable('creation_time is missing');
  if (scheduled === undefined && (pod.pod_phase === 'Running' || pod.pod_phase === 'Succeeded'))
    throw new Unreadable(`scheduled_time of a pod in phase ${pod.pod_phase} is missing`);
  if ((scheduled ?? created) < created || (deleted ?? Infinity) < (scheduled ?? created))
    throw new Unreadable('creation_time, scheduled_time and deletion_time are not in order');

  const jobId = readId('name', pod.name);
  const projectId = readId('project', `${project}-${pod.qos.toLowerCase()}`);
  const job = { source, projectId, jobId };
  const stated = {
    resources: resourcesOf(pod),
    labels: labelsOf({ qos: pod.qos, gpu_spec: isMissing(pod.gpu_spec) ? undefined : pod.gpu_spec }),
  };
  const begun: Status = pod.pod_phase === 'Pending' ? 'PENDING' : 'RUNNING';
  return [
    eventOf(job, 'QUEUED', created, stated),
    ...(scheduled === undefined ? [] : [eventOf(job, begun, scheduled)]),
    ...(deleted === undefined ? [] : [eventOf(job, end, deleted)]),
  ];
};

/** Translates an `openb_pod_list_*.csv` of Alibaba's cluster-trace-gpu-v2023, line by line. */
export const createOpenbTranslator = (options: OpenbOptions): LineTranslator => {
  let number = 0;
  let header: readonly string[] | undefined;
  return (line) => {
    number += 1;
    const fields = line.trim().split(',');
    if (!header) {
      header = fields;
      if (isOpenbHeader(line)) return NOTHING;
      return {
        events: [],
        skipped: [{ line: number, reason: 'the header is not one of an openb pod list' }],
      };
    }
    if (line.trim() === '') return NOTHING;
    const names = header;
    return translateRecord(number, () => {
      if (fields.length !== names.length)
        throw new Unreadable(`the line has ${fields.length} fields, the header ${names.length}`);
      return podEvents(Object.fromEntries(names.map((name, index) => [name, fields[index]])) as Pod, options);
    });
  };
};
