import type { ComponentChildren } from 'preact';
import { choose } from '../address.ts';
import type { Choices } from '../route.ts';

export type Order = 'asc' | 'desc';

/** The order of a table: its column, and the direction. */
export interface Sorting {
  readonly sort: string;
  readonly order: Order;
}

/** The order that is chosen in the address; without one that of the first column named. */
export const sortingOf = (
  choices: Choices,
  /** The columns that can be sorted, each with the direction that it begins with. */
  columns: Readonly<Record<string, Order>>,
): Sorting => {
  const [first = ''] = Object.keys(columns);
  const sort = choices.sort !== undefined && Object.hasOwn(columns, choices.sort) ? choices.sort : first;
  const order = choices.order === 'asc' || choices.order === 'desc' ? choices.order : columns[sort];
  return { sort, order: order ?? 'asc' };
};

const ARIA = { asc: 'ascending', desc: 'descending' } as const;
const ARROWS = { asc: '↑', desc: '↓' } as const;

/** The head of a column that can be sorted. A second press turns the order round. */
export const SortableHead = ({
  column,
  begins,
  sorting,
  isNumber = false,
  children,
}: {
  readonly column: string;
  /** The direction of the first press. */
  readonly begins: Order | undefined;
  readonly sorting: Sorting;
  readonly isNumber?: boolean;
  readonly children: ComponentChildren;
}) => {
  const isSorted = sorting.sort === column;
  const turned = sorting.order === 'asc' ? 'desc' : 'asc';
  return (
    <th
      scope="col"
      class={isNumber ? 'number' : undefined}
      aria-sort={isSorted ? ARIA[sorting.order] : undefined}
    >
      <button
        type="button"
        class="sort"
        onClick={() => choose({ sort: column, order: isSorted ? turned : begins })}
      >
        {children}
        <span aria-hidden="true">{isSorted ? ARROWS[sorting.order] : '↕'}</span>
      </button>
    </th>
  );
};

/** The same choice where a narrow screen shows no heads. */
export const SortChoice = ({
  names,
  columns,
  sorting,
}: {
  readonly names: Readonly<Record<string, string>>;
  readonly columns: Readonly<Record<string, Order>>;
  readonly sorting: Sorting;
}) => (
  <label class="narrow-only">
    <span class="visually-hidden">Order</span>
    <select
      value={sorting.sort}
      onChange={({ currentTarget: { value } }) => choose({ sort: value, order: columns[value] })}
    >
      {Object.entries(names).map(([column, name]) => (
        <option key={column} value={column}>
          Order: {name}
        </option>
      ))}
    </select>
  </label>
);
