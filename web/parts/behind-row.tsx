import { CAUSE_TEXTS } from '../../lib/export/cause-texts.ts';
import type { ReconciledJob, ReconciledRow } from '../../lib/shapes/reconciliation.ts';
import { count, roundedAmount } from '../money.ts';
import { bySize } from '../reconciliation.ts';
import { Apart, ComparedCells, ComparedHead } from './compared-cells.tsx';
import { JobLink } from './job-link.tsx';
import { counted } from './text.tsx';

interface BehindProps {
  readonly row: ReconciledRow;
  readonly currency: string;
}

const Causes = ({ row: { causes, unexplained }, currency }: BehindProps) => (
  <ul class="causes">
    {bySize(causes).map(({ cause, amount, detail }) => (
      <li key={cause}>
        <span>
          {CAUSE_TEXTS[cause].name}
          {detail !== undefined && <span class="hint"> {detail}</span>}
        </span>
        <Apart amount={amount} currency={currency} />
      </li>
    ))}
    {Number(roundedAmount(unexplained.amount, currency)) !== 0 && (
      <li class="strong">
        <span>{CAUSE_TEXTS.unexplained.name}</span>
        <Apart amount={unexplained.amount} currency={currency} />
      </li>
    )}
  </ul>
);

const Job = ({
  job,
  projectId,
  currency,
}: {
  readonly job: ReconciledJob;
  readonly projectId: string;
  readonly currency: string;
}) => (
  <tr>
    <th scope="row">
      {job.cause === 'job never reported here' ? (
        <span class="id">{job.jobId}</span>
      ) : (
        <JobLink projectId={projectId} jobId={job.jobId} />
      )}
      <div class="hint">
        {CAUSE_TEXTS[job.cause].name}
        {job.detail !== undefined && `: ${job.detail}`}
      </div>
      {job.missingEvents.length > 0 && (
        <div class="hint">
          To record: <code>{job.missingEvents.join(', ')}</code>
        </div>
      )}
    </th>
    <ComparedCells of={job} difference={job} currency={currency} absent="–" />
  </tr>
);

const Jobs = ({ row: { jobs, jobCount, projectId }, currency }: BehindProps) =>
  jobCount === 0 ? (
    <p class="hint">The provider’s figures name no jobs for this row.</p>
  ) : (
    <>
      <table class="stacking compared-jobs">
        <caption class="visually-hidden">Jobs that the difference comes from</caption>
        <ComparedHead of="Job and cause" />
        <tbody>
          {jobs.map((job) => (
            <Job key={`${job.jobId} ${job.cause}`} job={job} projectId={projectId} currency={currency} />
          ))}
        </tbody>
      </table>
      {jobs.length < jobCount && (
        <p class="hint">
          These are the {count(jobs.length)} most expensive of {counted(jobCount, 'job')}.
        </p>
      )}
    </>
  );

const behind = ({ causes, jobCount }: ReconciledRow): string =>
  [
    ...(causes.length > 0 ? [counted(causes.length, 'cause')] : []),
    ...(jobCount > 0 ? [counted(jobCount, 'job')] : []),
  ].join(', ') || 'What may be behind it';

/** What a row's difference comes from, below the row: its causes, and its jobs. */
export const BehindRow = ({ row, currency }: BehindProps) => (
  <tr class="behind">
    <td colSpan={4}>
      <details>
        <summary>
          {behind(row)}
          <span class="visually-hidden">
            {' '}
            of {row.region} {row.flavor}
          </span>
        </summary>
        <Causes row={row} currency={currency} />
        {row.hints?.map((hint) => (
          <p key={hint}>{hint}</p>
        ))}
        <Jobs row={row} currency={currency} />
      </details>
    </td>
  </tr>
);
