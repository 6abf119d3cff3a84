import { useState } from 'preact/hooks';
import type { BudgetState } from '../../lib/shapes/budget.ts';
import type { Usage } from '../../lib/shapes/usage.ts';
import { choose } from '../address.ts';
import { budgetsAt, closestFirst } from '../budgets.ts';
import { dateAt, type Span } from '../calendar.ts';
import type { Choices } from '../route.ts';
import { BudgetChart } from './budget-chart.tsx';
import { BudgetFigure } from './budget-figure.tsx';
import { ChangedBudget, NewBudget, RemovedBudget } from './budget-form.tsx';
import { Card } from './card.tsx';

/** Budgets that are shown at first. */
const SHOWN = 6;

type Editing =
  | { readonly what: 'add' }
  | { readonly what: 'change' | 'remove'; readonly budget: BudgetState };

const Editor = ({
  editing,
  ...props
}: {
  readonly editing: Editing;
  readonly projectId: string;
  readonly currency: string;
  readonly names: readonly string[];
  readonly onSaved: () => void;
  readonly onClose: () => void;
}) => {
  if (editing.what === 'add') return <NewBudget {...props} />;
  return editing.what === 'change' ? (
    <ChangedBudget {...props} budget={editing.budget} />
  ) : (
    <RemovedBudget {...props} budget={editing.budget} />
  );
};

interface BudgetsProps {
  readonly usage: Usage;
  /** As the API answered. */
  readonly read: readonly BudgetState[];
  readonly now: number;
  readonly span: Span;
  readonly zone: string;
  readonly isCurrent: boolean;
  /** The token may set them, in the current month. */
  readonly mayEdit: boolean;
  readonly choices: Choices;
  readonly onSaved: () => void;
}

const EditButtons = ({
  budget,
  onEdit,
}: {
  readonly budget: BudgetState;
  readonly onEdit: (editing: Editing) => void;
}) => (
  <div class="actions">
    <button
      type="button"
      class="small"
      aria-label={`Change budget ${budget.name}`}
      onClick={() => onEdit({ what: 'change', budget })}
    >
      Change
    </button>
    <button
      type="button"
      class="small quiet"
      aria-label={`Remove budget ${budget.name}`}
      onClick={() => onEdit({ what: 'remove', budget })}
    >
      Remove
    </button>
  </div>
);

/** The budgets of a project, those closest to their amount first. Nothing where there are none. */
export const Budgets = (props: BudgetsProps) => {
  const { usage, read, now, span, zone, isCurrent, mayEdit, choices, onSaved } = props;
  const [editing, setEditing] = useState<Editing>();
  if (read.length === 0 && !mayEdit) return null;
  const budgets = closestFirst(budgetsAt(read, usage.total, now));
  const ofProject = budgets.filter(({ label }) => label === undefined);
  const shown = choices.budgets === 'all' ? budgets : budgets.slice(0, SHOWN);
  const saved = () => {
    setEditing(undefined);
    onSaved();
  };
  return (
    <Card id="budgets" title="Budgets">
      {budgets.length === 0 && (
        <p class="empty">No budget is set. One tells you, or stops jobs, before a month costs too much.</p>
      )}
      <ul class="budgets">
        {shown.map((budget) => (
          <BudgetFigure key={budget.name} budget={budget} zone={zone}>
            {mayEdit && <EditButtons budget={budget} onEdit={setEditing} />}
          </BudgetFigure>
        ))}
      </ul>
      <div class="actions">
        {shown.length < budgets.length && (
          <button type="button" onClick={() => choose({ budgets: 'all' })}>
            Show all {budgets.length} budgets
          </button>
        )}
        {mayEdit && (
          <button type="button" onClick={() => setEditing({ what: 'add' })}>
            Add a budget
          </button>
        )}
      </div>
      {ofProject.length > 0 && (
        <BudgetChart
          {...{ usage, now, span }}
          budgets={ofProject}
          today={isCurrent ? dateAt(now, zone) : undefined}
        />
      )}
      {editing && (
        <Editor
          editing={editing}
          projectId={usage.projectId}
          currency={usage.currency}
          names={budgets.map(({ name }) => name)}
          onSaved={saved}
          onClose={() => setEditing(undefined)}
        />
      )}
    </Card>
  );
};
