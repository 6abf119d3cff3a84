import { choose } from '../address.ts';
import type { Choices } from '../route.ts';
import { SearchField } from './search-field.tsx';

export const Choice = ({
  name,
  value,
  options,
  onChoose,
}: {
  readonly name: string;
  readonly value: string | undefined;
  readonly options: readonly string[];
  readonly onChoose: (value: string | undefined) => void;
}) => (
  <label>
    <span class="visually-hidden">{name}</span>
    <select value={value ?? ''} onChange={({ currentTarget }) => onChoose(currentTarget.value || undefined)}>
      <option value="">{name}: any</option>
      {options.map((option) => (
        <option key={option} value={option}>
          {option}
        </option>
      ))}
    </select>
  </label>
);

/** A choice that is in the address is offered, whatever else is. */
const withChosen = (options: readonly string[], chosen: string | undefined): readonly string[] =>
  chosen === undefined || options.includes(chosen) ? options : [...options, chosen];

/** What is listed of the jobs of a month: each condition is part of the address. */
export const JobFilters = ({
  choices,
  flavors,
  labels,
}: {
  readonly choices: Choices;
  readonly flavors: readonly string[];
  /** Labels of the jobs that are listed, as `key:value`. */
  readonly labels: readonly string[];
}) => (
  <>
    <SearchField what="jobs" choices={choices} />
    {withChosen(flavors, choices.flavor).length > 1 && (
      <Choice
        name="Flavor"
        value={choices.flavor}
        options={withChosen(flavors, choices.flavor)}
        onChoose={(flavor) => choose({ flavor, shown: undefined })}
      />
    )}
    {withChosen(labels, choices.label).length > 0 && (
      <Choice
        name="Label"
        value={choices.label}
        options={withChosen(labels, choices.label)}
        onChoose={(label) => choose({ label, shown: undefined })}
      />
    )}
  </>
);
