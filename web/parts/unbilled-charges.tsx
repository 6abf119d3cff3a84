import type { ComponentChildren } from 'preact';
import type { Held } from '../../lib/shapes/charge.ts';
import type { Statement } from '../../lib/shapes/statement.ts';
import { JobLink } from './job-link.tsx';
import { counted } from './text.tsx';
import { WHY_HELD } from './why-held.ts';

const MAX_LINKS = 5;

const Callout = ({
  label,
  charges,
  children,
}: {
  readonly label: string;
  readonly charges: number;
  readonly children: ComponentChildren;
}) =>
  charges === 0 ? null : (
    <div class="callout warning">
      <strong>
        {label}: {counted(charges, 'charge')}.
      </strong>{' '}
      {children}
    </div>
  );

interface JobsProps {
  readonly projectId: string;
  readonly charges: readonly { readonly jobId: string; readonly held?: Held }[];
}

const Jobs = ({ projectId, charges }: JobsProps) => {
  const jobs = [...new Set(charges.map(({ jobId }) => jobId))];
  return (
    <>
      {jobs.slice(0, MAX_LINKS).map((jobId, index) => (
        <span key={jobId}>
          {index > 0 && ', '}
          <JobLink projectId={projectId} jobId={jobId} />
        </span>
      ))}
      {jobs.length > MAX_LINKS && ' and others'}
    </>
  );
};

/** Why the listed charges are held, each cause with its jobs. */
const HeldByCause = ({ projectId, charges }: JobsProps) => (
  <ul>
    {(Object.keys(WHY_HELD) as Held['cause'][]).map((cause) => {
      const ofCause = charges.filter(({ held }) => held?.cause === cause);
      return ofCause.length === 0 ? null : (
        <li key={cause}>
          <Jobs projectId={projectId} charges={ofCause} />: {WHY_HELD[cause]}.
        </li>
      );
    })}
  </ul>
);

/** Charges that were held or unrated when a statement was issued. */
export const NotOnStatement = ({
  statement: { projectId, held, unrated },
}: {
  readonly statement: Statement;
}) => (
  <>
    <Callout label="Held" charges={held.count}>
      Time beyond a limit and without a known stop is not part of this statement; a later one has it once it
      is settled.
      <HeldByCause projectId={projectId} charges={held.charges} />
    </Callout>
    <Callout label="Without a price" charges={unrated.count}>
      <Jobs projectId={projectId} charges={unrated.charges} />: not part of this statement; a later one has
      this time once there is a price and the job states the resources it counts.
    </Callout>
  </>
);
