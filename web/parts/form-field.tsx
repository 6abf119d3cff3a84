import type { ComponentChildren } from 'preact';

/** What the control of a field needs to be named and described. */
interface ControlAttributes {
  readonly id: string;
  readonly 'aria-invalid': boolean;
  readonly 'aria-describedby'?: string;
}

/** A labeled control of a form, with what the API says is wrong with it. */
export const FormField = ({
  id,
  label,
  hint,
  error,
  children,
}: {
  readonly id: string;
  readonly label: string;
  readonly hint?: string;
  readonly error: string | undefined;
  /** The control. */
  readonly children: (attributes: ControlAttributes) => ComponentChildren;
}) => {
  const describedBy = [error && `${id}-error`, hint && `${id}-hint`].filter(Boolean).join(' ');
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children({
        id,
        'aria-invalid': error !== undefined,
        ...(describedBy !== '' && { 'aria-describedby': describedBy }),
      })}
      {error !== undefined && (
        <p id={`${id}-error`} class="field-error">
          {error}
        </p>
      )}
      {hint !== undefined && (
        <p id={`${id}-hint`} class="hint">
          {hint}
        </p>
      )}
    </div>
  );
};

/** A field for a line of text. */
export const TextField = ({
  value,
  required = false,
  maxLength,
  inputMode,
  onInput,
  ...field
}: Omit<Parameters<typeof FormField>[0], 'children'> & {
  readonly value: string;
  readonly required?: boolean;
  readonly maxLength?: number;
  readonly inputMode?: 'decimal';
  readonly onInput: (value: string) => void;
}) => (
  <FormField {...field}>
    {(control) => (
      <input
        {...control}
        {...{ value, required, maxLength, inputMode }}
        autocomplete="off"
        spellcheck={false}
        onInput={({ currentTarget }) => onInput(currentTarget.value)}
      />
    )}
  </FormField>
);
