import type { ComponentChildren } from 'preact';
import type { Unit } from '../../lib/billing/facts.ts';
import { count } from '../money.ts';
import { unitName, unitsText } from '../units.ts';

/** The head of a column of numbers. */
export const NumberHead = ({ children }: { readonly children: ComponentChildren }) => (
  <th scope="col" class="number">
    {children}
  </th>
);

/** A number, with the column's name for screens on which the table has no head. */
export const NumberCell = ({
  label,
  isStrong = false,
  children,
}: {
  readonly label: string;
  readonly isStrong?: boolean;
  readonly children: ComponentChildren;
}) => (
  <td class={isStrong ? 'number strong' : 'number'} data-label={label}>
    {children}
  </td>
);

/** The minutes of a line, and the same times their units. */
export const MinutesCells = ({
  line: { minutes, unitMinutes, unit },
}: {
  readonly line: { readonly minutes: number; readonly unitMinutes: number; readonly unit: Unit };
}) => (
  <>
    <NumberCell label="Minutes">{count(minutes)}</NumberCell>
    <NumberCell label="Unit minutes">
      {count(unitMinutes)} <span class="muted">{unitName(unit)} min</span>
    </NumberCell>
  </>
);

interface Counted {
  readonly flavor?: string | undefined;
  readonly units?: number | undefined;
  readonly unit?: Unit | undefined;
}

const countText = ({ flavor, units, unit }: Counted): string => {
  if (flavor === undefined) return 'resources not stated';
  if (unit === undefined) return '';
  return units === undefined ? `× ? ${unitName(unit)}s` : `× ${unitsText(units, unit)}`;
};

/** The flavor of a job and how many units of it are charged. */
export const ResourcesCell = ({ of }: { readonly of: Counted }) => (
  <td data-label="Resources">
    {of.flavor} <span class="muted">{countText(of)}</span>
  </td>
);
