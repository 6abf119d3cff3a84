import { green, red, table } from '../../../cli/output.ts';
import type { CloseRun } from './measure-close.ts';

const LISTED = 5;

const sumOf = <Name extends string>(all: readonly Readonly<Record<Name, number>>[], name: Name): number =>
  all.reduce((sum, each) => sum + each[name], 0);

/** The figures of a run for people. */
export const showClose = ({
  options,
  machine,
  seeding,
  closing,
  invocations,
  databasePeakMiB,
  wrong,
}: CloseRun): string => {
  const { charges, projects } = options;
  const perCharge = (units: number): string => (units / charges).toFixed(3);
  const processorSeconds = sumOf(invocations, 'processorSeconds');
  const row = (what: string, figure: string) => [what, figure];
  return [
    `${charges} charges of ${projects} projects, ${machine.processors} cores, load average ${machine.loadAverage.toFixed(1)} before the run`,
    '',
    table(
      [{ title: 'what' }, { title: 'measured', align: 'right' }],
      [
        row('written in', `${seeding.seconds.toFixed(0)} s`),
        row('processor time of DynamoDB Local for it', `${seeding.databaseProcessorSeconds.toFixed(0)} s`),
        row('closed in', `${closing.seconds.toFixed(0)} s`),
        row('charges a second', (charges / closing.seconds).toFixed(0)),
        row('invocations', String(invocations.length)),
        row('their processor time, with counting units', `${processorSeconds.toFixed(0)} s`),
        row(
          'most memory of an invocation',
          `${Math.max(...invocations.map(({ peakMiB }) => peakMiB)).toFixed(0)} MiB`,
        ),
        row('processor time of DynamoDB Local', `${closing.databaseProcessorSeconds.toFixed(0)} s`),
        row('its most memory', `${databasePeakMiB.toFixed(0)} MiB`),
        row('write units a charge', perCharge(sumOf(invocations, 'writes'))),
        row('read units a charge', perCharge(sumOf(invocations, 'reads'))),
      ],
    ),
    '',
    ...wrong.slice(0, LISTED).map((what) => red(what)),
    wrong.length === 0
      ? green('every total, line and digest is that of the charges')
      : red(`${wrong.length} statements are wrong`),
  ].join('\n');
};
