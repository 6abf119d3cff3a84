import { isFinal, STATUSES, type Status } from '../../lib/billing/statuses.ts';
import type { Usage, UsageGroup } from '../../lib/shapes/usage.ts';
import { choose, toPart } from '../address.ts';
import { sumOf } from '../live-usage.ts';
import { grouped } from '../money.ts';
import { type Choices, linkTo } from '../route.ts';
import type { Answer } from '../use-answer.ts';
import { Fact } from './fact.tsx';
import { Money } from './text.tsx';

/** Ends of a job that is not done, as the API takes several. */
const UNSUCCESSFUL = STATUSES.filter((status) => isFinal(status) && status !== 'DONE').join(',');

/** What these jobs are called: the figure and the filter are one thing. */
const UNSUCCESSFUL_NAME = 'Failed or interrupted';

/** What jobs cost that failed or were interrupted, by the groups of a month. */
const unsuccessfulOf = ({ groups = [], currency }: Usage) => {
  const found = groups.filter(({ value }) => value !== undefined && UNSUCCESSFUL.split(',').includes(value));
  return {
    isAny: found.length > 0,
    cost: sumOf(
      found.map(({ total }) => total),
      currency,
    ),
  };
};

const Option = ({
  name,
  cost,
  status,
  chosen,
}: {
  readonly name: string;
  readonly cost: string;
  readonly status: string | undefined;
  readonly chosen: string | undefined;
}) => (
  <li>
    <button
      type="button"
      class="facet"
      aria-pressed={status === chosen}
      onClick={() => choose({ status, shown: undefined })}
    >
      {name} <span class="muted tabular">{grouped(cost)}</span>
    </button>
  </li>
);

const UnsuccessfulCost = ({ usage, choices }: { readonly usage: Usage; readonly choices: Choices }) => {
  const { isAny, cost } = unsuccessfulOf(usage);
  const { projectId, month, currency } = usage;
  const listed = {
    view: 'project',
    projectId,
    month,
    choices: { ...choices, status: UNSUCCESSFUL },
  } as const;
  return isAny ? (
    <a href={linkTo(listed)} onClick={() => toPart('jobs')}>
      <Money amount={cost} currency={currency} />
    </a>
  ) : (
    <span class="muted">none</span>
  );
};

/** What failed and interrupted jobs cost in a month, with a way to list them. */
export const Unsuccessful = ({
  byStatus,
  choices,
}: {
  readonly byStatus: Answer<Usage>;
  readonly choices: Choices;
}) =>
  byStatus.state === 'failed' ? null : (
    <Fact class="figure" name={UNSUCCESSFUL_NAME}>
      {byStatus.state === 'loading' ? (
        <span class="muted" aria-busy="true">
          …
        </span>
      ) : (
        <UnsuccessfulCost usage={byStatus.value} choices={choices} />
      )}
    </Fact>
  );

const rank = ({ value }: UsageGroup): number => STATUSES.indexOf(value as Status);

/** The statuses of the jobs of a month with what they cost, to list those of one. */
export const StatusFilter = ({
  usage,
  chosen,
}: {
  /** Grouped by status. */
  readonly usage: Usage;
  readonly chosen: string | undefined;
}) => {
  const { groups = [], total, currency } = usage;
  const { isAny, cost } = unsuccessfulOf(usage);
  return (
    <ul class="facets" aria-label={`Status of the jobs, with their cost in ${currency}`}>
      <Option name="All" cost={total} status={undefined} chosen={chosen} />
      {groups
        .toSorted((a, b) => rank(a) - rank(b))
        .map(({ value, total: ofStatus }) =>
          value === undefined ? null : (
            <Option key={value} name={value} cost={ofStatus} status={value} chosen={chosen} />
          ),
        )}
      {isAny && <Option name={UNSUCCESSFUL_NAME} cost={cost} status={UNSUCCESSFUL} chosen={chosen} />}
    </ul>
  );
};
