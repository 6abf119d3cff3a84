import type { ComponentChildren } from 'preact';
import type { Operations } from '../../lib/shapes/operations.ts';
import { monthName } from '../calendar.ts';
import { count, roundedAmount } from '../money.ts';
import { linkTo } from '../route.ts';
import { Card } from './card.tsx';
import { JobLink } from './job-link.tsx';
import { NumberCell, NumberHead } from './table-cells.tsx';
import { Money, Time } from './text.tsx';
import { WHY_HELD } from './why-held.ts';

interface JobName {
  readonly projectId: string;
  readonly jobId: string;
}

const JobHead = ({ projectId, jobId }: JobName) => (
  <th scope="row">
    <JobLink projectId={projectId} jobId={jobId} />{' '}
    <a class="id muted" href={linkTo({ view: 'project', projectId })}>
      {projectId}
    </a>
  </th>
);

/** A table, or what is normal where it would be empty. */
const Listed = ({
  title,
  empty,
  heads,
  all,
  more,
  rows,
}: {
  readonly title: string;
  readonly empty: string;
  readonly heads: ComponentChildren;
  /** How many there are. */
  readonly all: number;
  readonly more?: boolean | undefined;
  readonly rows: readonly ComponentChildren[];
}) => (
  <section>
    <h3>
      {title}: {count(all)}
      {more && ' or more'}
    </h3>
    {rows.length === 0 ? (
      <p class="empty">{empty}</p>
    ) : (
      <table class="stacking stage-jobs">
        <caption class="visually-hidden">{title}</caption>
        <thead>
          <tr>
            <th scope="col">Job</th>
            {heads}
          </tr>
        </thead>
        <tbody>{rows}</tbody>
      </table>
    )}
    {all > rows.length && rows.length > 0 && <p class="hint">These are the first {count(rows.length)}.</p>}
  </section>
);

const Parked = ({ operations: { parked, timeZone } }: { readonly operations: Operations }) => (
  <Listed
    title="Parked"
    empty="Nothing is parked: every job is settled."
    all={parked.count}
    more={parked.more}
    heads={
      <>
        <th scope="col">Parked since</th>
        <th scope="col">Why</th>
      </>
    }
    rows={parked.jobs.map(({ projectId, jobId, parkedAt, error }) => (
      <tr key={`${projectId} ${jobId}`}>
        <JobHead {...{ projectId, jobId }} />
        <td data-label="Parked since">
          <Time at={parkedAt} zone={timeZone} />
        </td>
        <td data-label="Why">{error}</td>
      </tr>
    ))}
  />
);

type Audit = NonNullable<Operations['audit']>;

const Held = ({ held, currency, zone }: Pick<Audit, 'held'> & { currency: string; zone: string }) => (
  <Listed
    title="Held"
    empty="No time is held: no running job is past its limits."
    all={held.count}
    heads={
      <>
        <th scope="col">Held since</th>
        <th scope="col">Why</th>
        <NumberHead>Per hour</NumberHead>
      </>
    }
    rows={held.jobs.map(({ projectId, jobId, since, cause, atStakePerHour }) => (
      <tr key={`${projectId} ${jobId} ${since}`}>
        <JobHead {...{ projectId, jobId }} />
        <td data-label="Held since">
          <Time at={since} zone={zone} />
        </td>
        <td data-label="Why">{WHY_HELD[cause]}</td>
        <NumberCell label="Per hour" isStrong>
          {atStakePerHour === undefined ? (
            <span class="muted">no price</span>
          ) : (
            <Money amount={roundedAmount(atStakePerHour, currency)} currency={currency} />
          )}
        </NumberCell>
      </tr>
    ))}
  />
);

const Unrated = ({ unrated, zone }: Pick<Audit, 'unrated'> & { zone: string }) => (
  <Listed
    title="No price yet"
    empty="Every job has a price."
    all={unrated.count}
    heads={
      <>
        <th scope="col">Since</th>
        <th scope="col">Flavor</th>
        <NumberHead>Minutes</NumberHead>
      </>
    }
    rows={unrated.jobs.map(({ projectId, jobId, usageMonth, since, minutes, flavor }) => (
      <tr key={`${projectId} ${jobId} ${usageMonth}`}>
        <JobHead {...{ projectId, jobId }} />
        <td data-label="Since">
          <Time at={since} zone={zone} />
        </td>
        <td data-label="Flavor">{flavor ?? <span class="muted">resources not stated</span>}</td>
        <NumberCell label="Minutes" isStrong>
          {count(minutes)} <span class="muted">in {monthName(usageMonth)}</span>
        </NumberCell>
      </tr>
    ))}
  />
);

/** Jobs of the stage that are not billed as they are. */
export const StageJobs = ({ operations }: { readonly operations: Operations }) => {
  const { audit, currency, timeZone } = operations;
  return (
    <Card id="stage-jobs" title="Jobs that are not billed as they are">
      <Parked operations={operations} />
      {audit ? (
        <>
          <Held held={audit.held} currency={currency} zone={timeZone} />
          <Unrated unrated={audit.unrated} zone={timeZone} />
          <p class="hint">
            Held and without a price as of the audit that ended <Time at={audit.finishedAt} zone={timeZone} />
            : it looked at {count(audit.jobs)} jobs and found {count(audit.differences)} charges that did not
            follow from their facts{audit.heals && `, of which it corrected ${count(audit.healed)}`}.
          </p>
        </>
      ) : (
        <p class="empty">No audit has ended yet: what is held or has no price shows after the first.</p>
      )}
    </Card>
  );
};
