import * as v from 'valibot';
import { minorDigits } from '../billing/money.ts';
import { ID, inputErrors } from '../validation.ts';
import {
  addFigures,
  convertFigure,
  type Figure,
  NO_FIGURE,
  readAmount,
  readQuantity,
} from './provider-figure.ts';

/** An error of an input, by its JSON pointer. */
type InputErrors = ReturnType<typeof inputErrors>;

/** What the provider bills for a flavor in a region. */
export interface ProviderRow {
  readonly region?: string;
  readonly flavor: string;
  /** Minutes times units. */
  readonly unitMinutes: Figure;
  readonly amount: Figure;
}

/** AI training in a month of the provider's usage. It names no project, no job and no currency. */
export interface ProviderUsage {
  /** Epoch milliseconds. Absent where the provider does not say. */
  readonly updatedAt?: number;
  /** `[from, to)`, epoch milliseconds. */
  readonly period?: { readonly from: number; readonly to: number };
  readonly rows: readonly ProviderRow[];
  /** What was not read, as sentences. */
  readonly notes: readonly string[];
}

export type ReadUsage = { readonly usage: ProviderUsage } | { readonly errors: InputErrors };

const TIME_RULE = 'must be a date and time with an offset, like 2026-11-01T00:00:00+00:00';
const Time = v.nullish(
  v.pipe(
    v.string(TIME_RULE),
    v.regex(/^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:?\d\d)$/, TIME_RULE),
    v.transform(Date.parse),
    v.check((time) => !Number.isNaN(time), TIME_RULE),
  ),
);
const finite = (rule: string) => v.pipe(v.number(rule), v.finite(rule));
const AMOUNT_RULE = 'must be a number';
const QUANTITY_RULE = 'must be a number that is not negative';
const list = <const Item extends v.GenericSchema>(item: Item) =>
  v.nullish(v.array(item, 'must be a list'), []);
const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);
const object = <const Entries extends v.ObjectEntries>(entries: Entries) =>
  v.pipe(v.custom<object>(isObject, 'must be an object'), v.object(entries));

const UNITS = ['GiB', 'GiBh', 'Hour', 'Minute', 'Second', 'Unit'] as const;

/** `h100-1-gpu` or `ai-training.h100-1-gpu.minute.consumption`. */
const COMPONENT = /^(?:ai-training\.)?([A-Za-z0-9._:-]+?)(?:\.(?:minute|hour|second)\.consumption)?$/;
const COMPONENT_RULE = 'must be a flavor, like h100-1-gpu or ai-training.h100-1-gpu.minute.consumption';

const Component = object({
  name: v.pipe(
    v.string(COMPONENT_RULE),
    v.regex(COMPONENT, COMPONENT_RULE),
    v.transform((name) => COMPONENT.exec(name)?.[1] ?? ''),
    v.regex(ID, COMPONENT_RULE),
  ),
  quantity: object({
    unit: v.picklist(UNITS, `must be one of ${UNITS.join(', ')}`),
    value: v.pipe(finite(QUANTITY_RULE), v.minValue(0, QUANTITY_RULE)),
  }),
  totalPrice: finite(AMOUNT_RULE),
});

const TypedResources = object({
  type: v.string('must be a text'),
  resources: list(
    object({
      region: v.nullish(v.string('must be a text')),
      components: list(v.unknown()),
    }),
  ),
});

const Usage = object({
  lastUpdate: Time,
  period: v.nullish(object({ from: Time, to: Time })),
  // A list of usage periods has none: each of them is read by its id.
  resourcesUsage: v.nullable(v.array(TypedResources, 'must be a list')),
});

const TYPE = 'ai-training';

/** A time span of the unit, as a part of minutes. */
const IN_MINUTES: Partial<Record<(typeof UNITS)[number], readonly [bigint, bigint]>> = {
  Hour: [60n, 1n],
  Minute: [1n, 1n],
  Second: [1n, 60n],
};

/** The last second of a period is written, not the first one after it. */
const endOf = (to: number): number => (to % 60_000 >= 59_000 ? Math.floor(to / 60_000 + 1) * 60_000 : to);

const addRow = (rows: Map<string, ProviderRow>, row: ProviderRow): void => {
  const key = `${row.region ?? ''} ${row.flavor}`;
  const before = rows.get(key);
  rows.set(key, {
    ...row,
    unitMinutes: addFigures(before?.unitMinutes ?? NO_FIGURE, row.unitMinutes),
    amount: addFigures(before?.amount ?? NO_FIGURE, row.amount),
  });
};

type Typed = v.InferOutput<typeof TypedResources>;

/** The components of AI training in their place, each read or with its errors. */
const componentsOf = (resourcesUsage: readonly Typed[]) =>
  resourcesUsage.flatMap(({ type, resources }, typed) =>
    type !== TYPE
      ? []
      : resources.flatMap(({ region, components }, resource) =>
          components.map((component, index) => {
            const at = ['resourcesUsage', typed, 'resources', resource, 'components', index];
            const { success, output, issues = [] } = v.safeParse(Component, component);
            const errors = inputErrors(issues, { what: 'the component', at });
            return { region, errors, component: success ? output : undefined };
          }),
        ),
  );

const ignoredTypes = (resourcesUsage: readonly Typed[]): string[] => {
  const types = resourcesUsage.map(({ type }) => type).filter((type) => type !== TYPE);
  return types.length === 0
    ? []
    : [`usage of other types was not compared: ${[...new Set(types)].sort().join(', ')}`];
};

/** Reads the provider's usage of one project, parsed from JSON. Other types are left out. */
export const readOvhUsage = (json: unknown, currency: string): ReadUsage => {
  const { success, output, issues = [] } = v.safeParse(Usage, json);
  if (!success) return { errors: inputErrors(issues, { what: 'the usage' }) };
  const { lastUpdate, period } = output;
  const resourcesUsage = output.resourcesUsage ?? [];
  const components = componentsOf(resourcesUsage);
  const errors = components.flatMap((each) => each.errors);
  if (errors.length > 0) return { errors };
  const rows = new Map<string, ProviderRow>();
  const uncounted = new Set<string>();
  for (const { region, component } of components) {
    if (!component) continue;
    const { name: flavor, quantity, totalPrice } = component;
    const inMinutes = IN_MINUTES[quantity.unit];
    if (!inMinutes) {
      uncounted.add(`${flavor} in ${quantity.unit}, ${totalPrice} ${currency}`);
      continue;
    }
    addRow(rows, {
      ...(region && { region }),
      flavor,
      unitMinutes: convertFigure(readQuantity(quantity.value), ...inMinutes),
      amount: readAmount(totalPrice, minorDigits(currency)),
    });
  }
  const { from, to } = period ?? {};
  return {
    usage: {
      ...(typeof lastUpdate === 'number' && { updatedAt: lastUpdate }),
      ...(typeof from === 'number' && typeof to === 'number' && { period: { from, to: endOf(to) } }),
      rows: [...rows.values()],
      notes: [
        ...(typeof from === 'number' && typeof to === 'number'
          ? []
          : ['the usage does not say of which period it is: it was taken as that of the month']),
        ...ignoredTypes(resourcesUsage),
        ...[...uncounted].map((text) => `not counted in time, so not compared: ${text}`),
      ],
    },
  };
};
