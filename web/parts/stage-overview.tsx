import type { Operations } from '../../lib/shapes/operations.ts';
import { toPart } from '../address.ts';
import { count } from '../money.ts';

interface Figure {
  readonly name: string;
  /** Absent before the first audit. */
  readonly value: number | undefined;
  /** The id of the heading of the section that lists them. */
  readonly part: string;
  readonly more?: boolean | undefined;
}

const figuresOf = ({ open, drafts, budgets, parked, audit, deliveries }: Operations): Figure[] => [
  { name: 'Months to close', value: open.count, part: 'stage-months' },
  { name: 'Drafts to decide on', value: drafts.waiting, part: 'drafts', more: drafts.more },
  { name: 'Budgets close to their limit', value: budgets.count, part: 'close-budgets', more: budgets.more },
  { name: 'Parked jobs', value: parked.count, part: 'stage-jobs', more: parked.more },
  { name: 'Held', value: audit?.held.count, part: 'stage-jobs' },
  { name: 'No price yet', value: audit?.unrated.count, part: 'stage-jobs' },
  {
    name: 'Endpoints that fail',
    value: deliveries.filter(({ failing }) => failing > 0).length,
    part: 'deliveries',
  },
];

const Unknown = () => (
  <>
    <span aria-hidden="true">–</span>
    <span class="visually-hidden">not known before the first audit</span>
  </>
);

/** How much of each kind waits for an operator, each a way to its section. */
export const StageOverview = ({ operations }: { readonly operations: Operations }) => (
  <section class="card" aria-label="Overview">
    <ul class="overview">
      {figuresOf(operations).map(({ name, value, part, more }) => (
        <li key={name}>
          <button type="button" class="overview-figure" onClick={() => toPart(part)}>
            <span class={value ? 'figure' : 'figure muted'}>
              {value === undefined ? <Unknown /> : count(value)}
              {more && '+'}
            </span>
            <span class="hint">{name}</span>
          </button>
        </li>
      ))}
    </ul>
  </section>
);
