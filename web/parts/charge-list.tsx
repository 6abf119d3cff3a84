import type { Charge } from '../../lib/shapes/charge.ts';
import type { Job } from '../../lib/shapes/job.ts';
import { monthName } from '../calendar.ts';
import { chargeNumber, eventKey, statusOf } from '../lifecycle.ts';
import { roundedSum } from '../money.ts';
import { linkTo } from '../route.ts';
import { isUnrated } from '../unbilled.ts';
import { ChargeExplained } from './charge-explained.tsx';
import { Money, NotShown } from './text.tsx';

const ChargeCard = ({
  job,
  charge,
  index,
  isChosen,
  zone,
}: {
  readonly job: Job;
  readonly charge: Charge;
  readonly index: number;
  readonly isChosen: boolean;
  readonly zone: string;
}) => {
  const eventName = (evidence: Charge['openedBy'], word: string) => (
    <>
      <strong>{statusOf(job, evidence) ?? 'billable'}</strong> {word} event{' '}
      <a
        href={linkTo({ view: 'job', projectId: job.projectId, jobId: job.jobId, event: eventKey(evidence) })}
      >
        <code>{evidence.id}</code>
      </a>
    </>
  );
  return (
    <li class={`charge ${isChosen ? 'chosen' : ''}`} id={`charge-${charge.start}`} tabIndex={-1}>
      <h4>
        Charge {chargeNumber(job, index)}
        {charge.endedBy.cause === 'now' && <span class="tag live">running</span>}
        {charge.held && <span class="tag warning">then held</span>}
        {isUnrated(charge) && <span class="tag warning">no price yet</span>}
      </h4>
      <ChargeExplained charge={charge} currency={job.currency} zone={zone} eventName={eventName} />
    </li>
  );
};

/** Why a job has no charges. */
const whyNothing = ({ billed = [], retractions }: Job): string => {
  if (retractions.length === 0) return 'None: it has not been in a status that is billed.';
  return billed.length === 0
    ? 'None: the events that would be billed were taken back.'
    : 'None any more: the events that were billed have been taken back.';
};

/** The sum of charges; without an amount where none has a price. */
const SumOfCharges = ({
  charges,
  currency,
}: {
  readonly charges: readonly Charge[];
  readonly currency: string;
}) =>
  charges.every(isUnrated) ? (
    <span class="muted">no price yet</span>
  ) : (
    <Money
      amount={roundedSum(
        charges.map(({ amountTimes60 }) => amountTimes60),
        currency,
      )}
      currency={currency}
    />
  );

/** The charges of a job by usage month, each with how it is calculated. */
export const ChargeList = ({
  job,
  chosen,
  zone,
}: {
  readonly job: Job;
  readonly chosen: string | undefined;
  readonly zone: string;
}) => {
  const months = [...new Set(job.charges.map(({ usageMonth }) => usageMonth))].sort();
  if (job.charges.length === 0) return <p class="empty">{whyNothing(job)}</p>;
  return (
    <>
      <NotShown count={job.moreCharges} what="earlier charge" />
      {months.map((month) => {
        const ofMonth = job.charges.filter(({ usageMonth }) => usageMonth === month);
        return (
          <section key={month} aria-label={monthName(month)}>
            <h3 class="with-sum">
              <a href={linkTo({ view: 'project', projectId: job.projectId, month })}>{monthName(month)}</a>
              {job.moreCharges === undefined || month !== months[0] ? (
                <SumOfCharges charges={ofMonth} currency={job.currency} />
              ) : (
                <span class="muted">not all shown</span>
              )}
            </h3>
            <ol class="charges">
              {ofMonth.map((charge) => (
                <ChargeCard
                  key={charge.start}
                  job={job}
                  charge={charge}
                  index={job.charges.indexOf(charge)}
                  isChosen={charge.start === chosen}
                  zone={zone}
                />
              ))}
            </ol>
          </section>
        );
      })}
    </>
  );
};
