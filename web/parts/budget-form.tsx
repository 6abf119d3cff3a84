import { useState } from 'preact/hooks';
import { minorDigits } from '../../lib/billing/money.ts';
import type { BudgetState } from '../../lib/shapes/budget.ts';
import { paths } from '../api.ts';
import { type BudgetDraft, draftOf, errorAt, NEW_BUDGET, otherErrors, requestOf } from '../budget-draft.ts';
import { useAnswer } from '../use-answer.ts';
import { useWrite } from '../use-write.ts';
import { Dialog, DialogActions } from './dialog.tsx';
import { Shown } from './feedback.tsx';
import { FormField, TextField } from './form-field.tsx';
import { ThresholdRows } from './threshold-rows.tsx';

interface FormProps {
  readonly projectId: string;
  readonly currency: string;
  /** Names of the budgets that there are. */
  readonly names: readonly string[];
  readonly onSaved: () => void;
  readonly onClose: () => void;
}

const STOPS = {
  'until it fits': 'the costliest first, until the rest fits in the amount',
  all: 'all jobs of the budget',
} as const;

const StopsChoice = ({
  value,
  onChoose,
}: {
  readonly value: BudgetDraft['stops'];
  readonly onChoose: (value: keyof typeof STOPS) => void;
}) => (
  <FormField id="budget-stops" label="Which jobs are stopped" error={undefined}>
    {(control) => (
      <select
        {...control}
        value={value}
        onChange={({ currentTarget }) => onChoose(currentTarget.value as keyof typeof STOPS)}
      >
        {Object.entries(STOPS).map(([stops, text]) => (
          <option key={stops} value={stops}>
            {text}
          </option>
        ))}
      </select>
    )}
  </FormField>
);

type TextMember = 'name' | 'amount' | 'label';

/** Why nothing was saved, apart from what is shown at a field. */
const refusalOf = ({ problem }: ReturnType<typeof useWrite>): string | undefined => {
  if (!problem) return undefined;
  if (problem.kind === 'changed') return `${problem.message} Nothing was saved: close this and look again.`;
  if (problem.errors.length === 0) return problem.message;
  return otherErrors(problem.errors)[0]?.detail ?? 'Nothing was saved: see what is wrong above.';
};

const Form = ({
  initial,
  etag,
  projectId,
  currency,
  names,
  onSaved,
  onClose,
}: FormProps & {
  readonly initial: BudgetDraft;
  /** Of the budget that is changed; a new one has none. */
  readonly etag: string | undefined;
}) => {
  const [draft, setDraft] = useState(initial);
  const sent = useWrite(onSaved);
  const isNew = initial.name === '';
  const isTaken = isNew && names.includes(draft.name.trim());
  const errors = isTaken
    ? [{ pointer: 'name', detail: 'There is a budget of that name: choose another, or change that one.' }]
    : (sent.problem?.errors ?? []);
  const change = (part: Partial<BudgetDraft>) => setDraft({ ...draft, ...part });
  const submit = (event: Event) => {
    event.preventDefault();
    if (isTaken) return;
    void sent.write(
      paths.budget(projectId, draft.name.trim()),
      requestOf(draft, minorDigits(currency)),
      etag,
    );
  };
  const text = (member: TextMember) => ({
    value: draft[member],
    error: errorAt(errors, member === 'name' ? member : `/${member}`),
    onInput: (value: string) => change({ [member]: value }),
  });
  return (
    <form class="fields" onSubmit={submit}>
      {isNew && (
        <TextField
          id="budget-name"
          label="Name"
          hint="It cannot be changed later."
          required
          {...text('name')}
        />
      )}
      <TextField
        id="budget-amount"
        label={`Amount of a month, ${currency}`}
        required
        inputMode="decimal"
        {...text('amount')}
      />
      <TextField
        id="budget-label"
        label="Only jobs with the label"
        hint="Like team=vision. Empty: all jobs."
        {...text('label')}
      />
      <ThresholdRows
        rows={draft.thresholds}
        errors={errors}
        onChange={(thresholds) => change({ thresholds })}
      />
      {draft.thresholds.some(({ action }) => action === 'stop') && (
        <StopsChoice value={draft.stops} onChoose={(stops) => change({ stops })} />
      )}
      <DialogActions action="Save" isSending={sent.isSending} problem={refusalOf(sent)} onClose={onClose} />
    </form>
  );
};

/** Adds a budget. */
export const NewBudget = (props: FormProps) => (
  <Dialog title="Add a budget" onClose={props.onClose}>
    <Form {...props} initial={NEW_BUDGET} etag={undefined} />
  </Dialog>
);

/** Changes a budget as it is now, which may not be as the page read it. */
export const ChangedBudget = ({ budget, ...props }: FormProps & { readonly budget: BudgetState }) => {
  const path = paths.budget(props.projectId, budget.name);
  const [key] = useState(() => `to change ${path} ${performance.now()}`);
  const answer = useAnswer(key, (api, signal) => api.readTagged<BudgetState>(path, signal));
  return (
    <Dialog title={`Budget ${budget.name}`} onClose={props.onClose}>
      <Shown answer={answer} what={`budget ${budget.name}`}>
        {({ value: { value, etag } }) => <Form {...props} initial={draftOf(value)} etag={etag} />}
      </Shown>
    </Dialog>
  );
};

/** Removes a budget, once that is confirmed. */
export const RemovedBudget = ({
  budget,
  projectId,
  onSaved,
  onClose,
}: FormProps & { budget: BudgetState }) => {
  const { write, isSending, problem } = useWrite(onSaved);
  const submit = (event: Event) => {
    event.preventDefault();
    void write(paths.budget(projectId, budget.name), undefined);
  };
  return (
    <Dialog title={`Remove budget ${budget.name}?`} onClose={onClose}>
      <form class="fields" onSubmit={submit}>
        <p>
          None of its thresholds fires any more, and no job is stopped for it. Requests to stop that were sent
          already are not taken back.
        </p>
        <DialogActions action="Remove" isSending={isSending} problem={problem?.message} onClose={onClose} />
      </form>
    </Dialog>
  );
};
