import { describe, expect, test } from 'vitest';
import { translateOvhaiText, translateOvhLog } from '../../../lib/sources/ovhai-text.ts';
import { OPTIONS } from './ovh-jobs.ts';

// Texts in the formats of two dumps of the provider's command line, made up around their figures.

/** Of 2025: no zone, and the day first. The monitoring address has a minute before QUEUED, in UTC. */
const H100 = `Created At: 01-01-25 14:00:00
Id:         job-h100
Spec:
  Command:
    - python
    - "train.py: fast"
  Default Http Port:    8080
  Env Vars:             ~
  Image:                ovhcom/ai-training-pytorch
  Labels:
    Team:     vision
    ovh/id:   job-h100
    ovh/type: job
  Name:                 train-a
  Resources:
    Cpu:               28
    Ephemeral Storage: 3.0 TiB
    Flavor:            h100-1-gpu
    Gpu:               1
    Gpu Brand:         NVIDIA
    Gpu Memory:        79.6 GiB
    Gpu Model:         H100
    Memory:            350.0 GiB
  Timeout:              0
  Timeout Auto Restart: false
Status:
  Data Sync:            ~
  Duration:             111s
  History:
    DATE                  STATE
    19-09-25 14:16:43     QUEUED
    19-09-25 14:16:44     INITIALIZING
    19-09-25 14:16:44     PENDING
    19-09-25 14:16:46     RUNNING
  Info:
    Message:   Job is running
  Monitoring Url:       https://monitoring.example/d/job?var-job=job-h100&from=1758291343926
  Ssh Url:              ~
  State:                RUNNING
Updated At: 19-09-25 14:16:48
User:       user-1
`;

/** Of 2021: microseconds and a zone, a model and no flavor. */
const V100S = `---
Name:       train-b
ID:         job-v100s
Created At: 2021-04-14 09:30:02.709449 UTC
Updated At: 2021-04-14 09:30:09.328392 UTC
User:       user-2
Spec:       
  Image:        ovhcom/ai-training-transformers:3.1.0
  Command:      
  Resources:    
    GPU:       1
    GPU Model: Tesla-V100S
    CPU:       13
  Timeout:      0
  Labels:       
Status:     
  State:          RUNNING
  Queued At:      14-04-21 09:30
  Started At:     14-04-21 09:30
  Stopped At:     
  Duration:       2s
  History:        
    State         Date
    -----         ----
    QUEUED        2021-04-14 09:30:02.708117 UTC
    INITIALIZING  2021-04-14 09:30:02.802995 UTC
    PENDING       2021-04-14 09:30:02.824278 UTC
    RUNNING       2021-04-14 09:30:09.327003 UTC
`;

const idsOf = (text: string, timeZone = 'UTC') =>
  translateOvhaiText(text, { ...OPTIONS, timeZone }).events.map(({ id }) => id);
const skippedOf = (text: string) =>
  translateOvhaiText(text, OPTIONS).skipped.map(({ line, reason }) => `${line}: ${reason}`);

describe('what the command line prints of a job', () => {
  test('of 2025 is its four transitions, on one H100 and the 28 CPUs that come with it', () => {
    const { events, skipped } = translateOvhaiText(H100, OPTIONS);
    expect(skipped).toEqual([]);
    expect(events.map(({ id }) => id)).toEqual([
      'QUEUED@2025-09-19T14:16:43.000Z',
      'INITIALIZING@2025-09-19T14:16:44.000Z',
      'PENDING@2025-09-19T14:16:44.000Z',
      'RUNNING@2025-09-19T14:16:46.000Z',
    ]);
    expect(events[0]).toMatchObject({
      source: 'urn:ovh:ai-training',
      subject: 'job-h100',
      data: {
        projectId: 'proj-1',
        status: 'QUEUED',
        resources: { flavor: 'h100-1-gpu', gpu: 1, cpu: 28 },
        labels: { Team: 'vision', 'ovh/user': 'user-1', 'ovh/name': 'train-a' },
      },
    });
    expect(events[0]?.data).not.toHaveProperty('timeout');
    // The addresses that it prints begin a minute before the job, in UTC: the day comes first.
    expect(Date.parse('2025-09-19T14:16:43Z') - 1758291343926).toBeLessThan(60_000);
    expect(Date.parse('2025-09-19T14:16:43Z')).toBeGreaterThan(1758291343926);
  });

  test('of 2021 is at its microseconds, on the model of the GPU', () => {
    const { events, skipped } = translateOvhaiText(V100S, OPTIONS);
    expect(skipped).toEqual([]);
    expect(events.map(({ id }) => id)).toEqual([
      'QUEUED@2021-04-14T09:30:02.708117Z',
      'INITIALIZING@2021-04-14T09:30:02.802995Z',
      'PENDING@2021-04-14T09:30:02.824278Z',
      'RUNNING@2021-04-14T09:30:09.327003Z',
    ]);
    expect(events[0]?.data).toEqual({
      projectId: 'proj-1',
      status: 'QUEUED',
      resources: { flavor: 'Tesla-V100S', gpu: 1, cpu: 13 },
      labels: { 'ovh/user': 'user-2', 'ovh/name': 'train-b' },
    });
  });

  test('of several jobs is the events of each', () => {
    expect(idsOf(H100 + V100S + H100.replaceAll('job-h100', 'job-other'))).toHaveLength(12);
    expect(idsOf(V100S.replaceAll('\n', '\r\n') + V100S)).toHaveLength(8);
  });

  test('is in the zone given where it prints none', () => {
    expect(idsOf(H100, 'Europe/Paris')[3]).toBe('RUNNING@2025-09-19T12:16:46.000Z');
    expect(idsOf(V100S, 'Europe/Paris')).toEqual(idsOf(V100S));
  });

  test.each([
    [
      'an unknown state',
      H100.replace('PENDING', 'PAUSED'),
      '1: status.history[2].state "PAUSED" is not a known state',
    ],
    [
      'a date in another order',
      H100.replace('19-09-25 14:16:43 ', '25-19-09 14:16:43 '),
      '1: status.history[0].date 2009-19-25 14:16:43 is not one instant in UTC',
    ],
    [
      'a date in another format',
      H100.replace('19-09-25 14:16:43 ', 'today 14:16 '),
      '1: status.history[0].date "today 14:16" is in no known format',
    ],
    [
      'a row without a state',
      H100.replace('19-09-25 14:16:46     RUNNING', '14:16'),
      '1: status.history[3].date "14:16" is in no known format',
    ],
    [
      'no history',
      H100.replace('History', 'Story'),
      '1: status.history is empty, and no date of status.state is given',
    ],
    [
      'a count that is none',
      H100.replace('  28\n', '  many\n'),
      '1: spec.resources.cpu is not a whole number from 0 to 100000',
    ],
    [
      'a timeout in words',
      H100.replace('Timeout:              0', 'Timeout: 7 days'),
      '1: spec.timeout is not a whole number of seconds',
    ],
    ['another text', 'Error: not found', '1: there is no Id: this is not what `ovhai job get` prints'],
    ['a text without a name', 'null', '1: there is no Id: this is not what `ovhai job get` prints'],
  ])('is skipped with %s', (_, text, reason) => {
    expect(skippedOf(text)).toEqual([reason]);
    expect(idsOf(text)).toEqual([]);
  });

  test('is skipped at its own line, and the other jobs are not', () => {
    const text = H100.replace('RUNNING\n', 'PAUSED\n') + V100S;
    expect(skippedOf(text)).toEqual(['1: status.history[3].state "PAUSED" is not a known state']);
    expect(idsOf(text)).toHaveLength(4);
    expect(skippedOf(V100S + H100.replace('RUNNING\n', 'PAUSED\n'))).toEqual([
      `${V100S.split('\n').length}: status.history[3].state "PAUSED" is not a known state`,
    ]);
  });
});

describe('the log of a job', () => {
  const LOG = `2002-02-01T00:50:47Z [ovh] Job status is now INITIALIZING : JOB_INITIALIZING : Pulling job's data
2002-02-01T00:50:50Z [job] Job status is now DONE
2002-02-01T00:50:53Z [ovh] Job status is now PENDING : JOB_PENDING : Pulling job's image
`;

  test('has its statuses, and states nothing else', () => {
    const { events, skipped } = translateOvhLog(LOG, { ...OPTIONS, jobId: 'job-1' });
    expect(skipped).toEqual([]);
    expect(events.map(({ subject, id, data }) => [subject, id, data])).toEqual([
      ['job-1', 'INITIALIZING@2002-02-01T00:50:47.000Z', { projectId: 'proj-1', status: 'INITIALIZING' }],
      ['job-1', 'PENDING@2002-02-01T00:50:53.000Z', { projectId: 'proj-1', status: 'PENDING' }],
    ]);
  });

  test.each([
    [{ ...OPTIONS, jobId: 'a job' }, 'job "a job" is not an id'],
    [
      { timeZone: 'UTC', jobId: 'job-1' },
      'a job does not name its project: give it with --project, or the label that names it',
    ],
  ])('is skipped without job and project: %j', (options, reason) => {
    expect(translateOvhLog(LOG, options).skipped).toEqual([
      { line: 1, reason },
      { line: 3, reason },
    ]);
  });

  test('is skipped where its state is unknown', () => {
    const { events, skipped } = translateOvhLog(LOG.replace('PENDING', 'PAUSED'), {
      ...OPTIONS,
      jobId: 'job-1',
    });
    expect(events).toHaveLength(1);
    expect(skipped).toEqual([{ line: 3, reason: '"PAUSED" is not a known state' }]);
  });
});
