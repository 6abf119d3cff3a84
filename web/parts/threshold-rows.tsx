import { type BudgetDraft, errorAt, NEW_THRESHOLD } from '../budget-draft.ts';
import type { InputError } from '../input-error.ts';

type Row = BudgetDraft['thresholds'][number];

/** The most that a budget may have. */
const MAX_ROWS = 10;

const Choice = ({
  label,
  value,
  options,
  onChoose,
}: {
  readonly label: string;
  readonly value: string;
  readonly options: Readonly<Record<string, string>>;
  readonly onChoose: (value: string) => void;
}) => (
  <select aria-label={label} value={value} onChange={({ currentTarget }) => onChoose(currentTarget.value)}>
    {Object.entries(options).map(([option, text]) => (
      <option key={option} value={option}>
        {text}
      </option>
    ))}
  </select>
);

const ThresholdRow = ({
  row: { at, on, action },
  index,
  error,
  onSet,
  onRemove,
}: {
  readonly row: Row;
  readonly index: number;
  readonly error: string | undefined;
  readonly onSet: (change: Partial<Row>) => void;
  /** Absent for the only one. */
  readonly onRemove: (() => void) | undefined;
}) => {
  const name = `Threshold ${index + 1}`;
  const errorId = `threshold-${index}-error`;
  return (
    <div class="threshold-row">
      <input
        aria-label={`${name}: percentage or money`}
        aria-invalid={error !== undefined}
        {...(error !== undefined && { 'aria-describedby': errorId })}
        value={at}
        placeholder="80%"
        autocomplete="off"
        onInput={({ currentTarget }) => onSet({ at: currentTarget.value })}
      />
      <Choice
        label={`${name}: of what`}
        value={on}
        options={{ spent: 'spent', forecast: 'expected' }}
        onChoose={(chosen) => onSet({ on: chosen })}
      />
      <Choice
        label={`${name}: what happens`}
        value={action}
        options={{ notify: 'notify', stop: 'stop jobs' }}
        onChoose={(chosen) => onSet({ action: chosen })}
      />
      <button
        type="button"
        class="quiet"
        aria-label={`Remove threshold ${index + 1}`}
        disabled={!onRemove}
        onClick={onRemove}
      >
        ×
      </button>
      {error !== undefined && (
        <p id={errorId} class="field-error">
          {error}
        </p>
      )}
    </div>
  );
};

/** The thresholds of a budget, a row each. */
export const ThresholdRows = ({
  rows,
  errors,
  onChange,
}: {
  readonly rows: readonly Row[];
  readonly errors: readonly InputError[];
  readonly onChange: (rows: readonly Row[]) => void;
}) => {
  const whole = errors.find(({ pointer }) => pointer === '/thresholds')?.detail;
  const without = (index: number) => () => onChange(rows.filter((_, other) => other !== index));
  return (
    <fieldset class="threshold-rows">
      <legend>Thresholds</legend>
      {rows.map((row, index) => (
        <ThresholdRow
          key={index}
          {...{ row, index }}
          error={errorAt(errors, `/thresholds/${index}`)}
          onSet={(change) => onChange(rows.with(index, { ...row, ...change }))}
          onRemove={rows.length === 1 ? undefined : without(index)}
        />
      ))}
      {whole !== undefined && <p class="field-error">{whole}</p>}
      {rows.length < MAX_ROWS && (
        <button type="button" class="small" onClick={() => onChange([...rows, NEW_THRESHOLD])}>
          Add a threshold
        </button>
      )}
      <p class="hint">A percentage of the amount like 80%, or money. Each fires once a month.</p>
    </fieldset>
  );
};
