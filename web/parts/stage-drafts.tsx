import { useState } from 'preact/hooks';
import type { Draft, Operations } from '../../lib/shapes/operations.ts';
import { monthName } from '../calendar.ts';
import { count } from '../money.ts';
import { linkTo } from '../route.ts';
import { Card } from './card.tsx';
import { type Decision, DecisionDialog } from './decision-dialog.tsx';
import { NumberCell, NumberHead } from './table-cells.tsx';
import { Money, Time } from './text.tsx';

const STATE_TAGS = { waits: 'change', approved: 'live', 'held back': 'warning' } as const;

/** What can be decided about a draft as it is now. */
const DECISIONS: Readonly<Record<Draft['state'], readonly Decision[]>> = {
  waits: ['approve', 'hold'],
  approved: ['hold'],
  'held back': ['approve'],
};

const NAMES = { approve: 'Approve', hold: 'Hold back' } as const;

interface Deciding {
  readonly draft: Draft;
  readonly decision: Decision;
}

const Row = ({
  draft,
  zone,
  mayDecide,
  onDecide,
}: {
  readonly draft: Draft;
  readonly zone: string;
  readonly mayDecide: boolean;
  readonly onDecide: (deciding: Deciding) => void;
}) => {
  const { projectId, month, total, currency, state, preparedAt, decision } = draft;
  return (
    <tr>
      <th scope="row">
        <a class="id" href={linkTo({ view: 'project', projectId, month })}>
          {projectId}
        </a>{' '}
        <span class="muted">{monthName(month)}</span>
      </th>
      <NumberCell label="Would bill" isStrong>
        <Money amount={total} currency={currency} />
      </NumberCell>
      <td data-label="Prepared">
        <Time at={preparedAt} zone={zone} />
      </td>
      <td data-label="State">
        <span class={`tag first ${STATE_TAGS[state]}`}>{state}</span>
        {decision && (
          <div class="hint">
            by {decision.by.id}, <Time at={decision.at} zone={zone} />
            {decision.reason !== undefined && <>: {decision.reason}</>}
          </div>
        )}
      </td>
      {mayDecide && (
        <td class="row-actions">
          {DECISIONS[state].map((one) => (
            <button
              key={one}
              type="button"
              class="small"
              aria-label={`${NAMES[one]} ${monthName(month)} of ${projectId}`}
              onClick={() => onDecide({ draft, decision: one })}
            >
              {NAMES[one]}
            </button>
          ))}
        </td>
      )}
    </tr>
  );
};

const Table = ({
  drafts,
  ...row
}: Omit<Parameters<typeof Row>[0], 'draft'> & { readonly drafts: readonly Draft[] }) => (
  <table class="stacking drafts">
    <caption class="visually-hidden">Drafts of statements</caption>
    <thead>
      <tr>
        <th scope="col">Project</th>
        <NumberHead>Would bill</NumberHead>
        <th scope="col">Prepared</th>
        <th scope="col">State</th>
        {row.mayDecide && (
          <th scope="col">
            <span class="visually-hidden">Decide</span>
          </th>
        )}
      </tr>
    </thead>
    <tbody>
      {drafts.map((draft) => (
        <Row key={`${draft.month} ${draft.projectId}`} draft={draft} {...row} />
      ))}
    </tbody>
  </table>
);

/** Drafts of statements, to approve or to hold back with a token that may. */
export const StageDrafts = ({
  operations: { drafts, timeZone },
  mayDecide,
  onDecided,
}: {
  readonly operations: Operations;
  readonly mayDecide: boolean;
  /** Reads the drafts again. */
  readonly onDecided: () => void;
}) => {
  const [deciding, setDeciding] = useState<Deciding>();
  const [changed, setChanged] = useState<string>();
  const close = () => setDeciding(undefined);
  const decided = (changedMeanwhile?: string) => {
    close();
    setChanged(changedMeanwhile);
    onDecided();
  };
  return (
    <Card id="drafts" title="Drafts of statements">
      {changed && (
        <p class="callout warning" role="alert">
          Nothing was decided: {changed}. The drafts are read again: check this one, and decide again.
        </p>
      )}
      {drafts.drafts.length === 0 ? (
        <p class="empty">No statement waits for a person.</p>
      ) : (
        <Table drafts={drafts.drafts} zone={timeZone} mayDecide={mayDecide} onDecide={setDeciding} />
      )}
      {drafts.count > drafts.drafts.length && (
        <p class="hint">
          These are the first {count(drafts.drafts.length)} of {count(drafts.count)}
          {drafts.more && ' or more'}.
        </p>
      )}
      {deciding && (
        <DecisionDialog {...deciding} onDecided={() => decided()} onChanged={decided} onClose={close} />
      )}
    </Card>
  );
};
