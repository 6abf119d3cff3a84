import * as v from 'valibot';
import { canonicalPrice, isCurrency, isPrice, PRICE_RULE } from '../billing/money.ts';
import { createCalendar } from '../billing/months.ts';
import type { Position } from '../billing/statement.ts';
import { Refusal } from '../refusal.ts';
import { ID, inputErrors, Month } from '../validation.ts';

/** What a file says and how it is called. */
export interface StatementFile {
  readonly name: string;
  readonly content: string;
}

const TIME_RULE = 'must be a time in UTC with milliseconds, like 2026-10-01T08:00:00.000Z';
const MONEY_RULE = 'must be a decimal string, like "14.40"';
const COUNT_RULE = 'must be a whole number from 0 to 100000';
const QUANTITY_RULE = 'must be a whole number';

const isTime = (text: string): boolean => {
  const time = Date.parse(text);
  return !Number.isNaN(time) && new Date(time).toISOString() === text && /^\d{4}-/.test(text);
};

const isTimeZone = (name: string): boolean => {
  try {
    createCalendar(name).month('2026-01');
    return true;
  } catch {
    return false;
  }
};

const text = (pattern: RegExp, rule: string) => v.pipe(v.string(rule), v.regex(pattern, rule));
const checked = (check: (text: string) => boolean, rule: string) =>
  v.pipe(v.string(rule), v.check(check, rule));

const Id = text(ID, 'must be 1 to 128 characters of A-Z a-z 0-9 . _ : -');
const Name = text(/^[\x20-\x7e]{1,256}$/, 'must be 1 to 256 printable ASCII characters');
const Time = checked(isTime, TIME_RULE);
const Price = checked(
  (price) => isPrice(price) && canonicalPrice(price) === price,
  `must be ${PRICE_RULE}, without zeros that say nothing`,
);
const Currency = checked(isCurrency, 'must be an ISO 4217 code');
const TimeZone = checked(isTimeZone, 'must be an IANA time zone');
const Money = text(/^-?\d{1,30}(\.\d{1,4})?$/, MONEY_RULE);
const Quantity = v.pipe(v.number(QUANTITY_RULE), v.safeInteger(QUANTITY_RULE));
const Unit = v.picklist(['gpu', 'cpu'], 'must be gpu or cpu');
const Count = v.pipe(
  v.number(COUNT_RULE),
  v.safeInteger(COUNT_RULE),
  v.minValue(0, COUNT_RULE),
  v.maxValue(100_000, COUNT_RULE),
);

/** A member this version does not know could not be checked, so none is passed over. */
const object = <const Entries extends v.ObjectEntries>(entries: Entries) =>
  v.strictObject(entries, ({ expected, received }) =>
    expected === 'never'
      ? 'is not known here'
      : received === 'undefined'
        ? 'is required'
        : 'must be an object',
  );

const Evidence = object({ source: Name, id: Name, time: Time });

const CAUSES = ['month end', 'price change', 'limit'] as const satisfies Position['endedBy']['cause'][];

const PositionSchema = object({
  jobId: Id,
  usageMonth: Month,
  start: Time,
  end: Time,
  flavor: v.exactOptional(Id),
  unit: v.exactOptional(Unit),
  units: v.exactOptional(Count),
  unitMinutes: v.exactOptional(Quantity),
  minutes: Count,
  tariff: v.exactOptional(Name),
  pricePerHour: v.exactOptional(Price),
  amountTimes60: text(
    /^\d{1,30}(\.\d{1,12})?$/,
    'must be a decimal string with at most 12 digits after the point',
  ),
  openedBy: Evidence,
  endedBy: v.variant(
    'cause',
    [object({ cause: v.literal('fact'), fact: Evidence }), object({ cause: v.picklist(CAUSES) })],
    `must have a cause: fact, ${CAUSES.join(', ')}`,
  ),
  held: v.exactOptional(object({ from: Time, until: v.exactOptional(Time) })),
});

const BilledSchema = object({ ...PositionSchema.entries, replaces: v.exactOptional(PositionSchema) });

const EndedSchema = object({
  jobId: Id,
  usageMonth: Month,
  start: Time,
  minutes: v.literal(0, 'must be 0, or the position has an end'),
  amountTimes60: v.literal('0', 'must be "0", or the position has an end'),
  replaces: PositionSchema,
});

/** A position that is asked for no more has no end either. */
const ChargeSchema = v.lazy((row) =>
  typeof row === 'object' && row !== null && 'replaces' in row && !('end' in row)
    ? EndedSchema
    : BilledSchema,
);

const PageSchema = object({
  projectId: Id,
  month: Month,
  statementId: Name,
  timeZone: TimeZone,
  currency: Currency,
  charges: v.array(v.unknown(), 'must be an array'),
  next: v.exactOptional(v.string('must be a string')),
});

const AttentionSchema = object({
  count: Quantity,
  charges: v.array(
    object({
      jobId: Id,
      usageMonth: Month,
      start: Time,
      minutes: Count,
      flavor: v.exactOptional(Id),
      heldFrom: v.exactOptional(Time),
    }),
    'must be an array',
  ),
});

const StatementSchema = object({
  projectId: Id,
  timeZone: TimeZone,
  month: Month,
  statementId: Name,
  currency: Currency,
  total: Money,
  issuedAt: Time,
  digest: text(/^sha256:[0-9a-f]{64}$/, 'must be sha256: and 64 hexadecimal digits'),
  lines: v.array(
    object({
      flavor: Id,
      unit: Unit,
      usageMonth: Month,
      kind: v.picklist(['usage', 'correction'], 'must be usage or correction'),
      minutes: Quantity,
      unitMinutes: Quantity,
      pricePerHour: Price,
      amount: Money,
      currency: Currency,
      cumulativeUnitMinutes: v.pipe(Quantity, v.minValue(0, 'must not be negative')),
    }),
    'must be an array',
  ),
  included: v.array(
    object({ item: v.string('must be a string'), amount: Money, currency: Currency }),
    'must be an array',
  ),
  unrated: AttentionSchema,
  held: AttentionSchema,
});

export type PresentedStatement = v.InferOutput<typeof StatementSchema>;
export type PresentedCharge = v.InferOutput<typeof BilledSchema> | v.InferOutput<typeof EndedSchema>;

/** A page of charges, and what its file is called. */
export interface PresentedPage extends Omit<v.InferOutput<typeof PageSchema>, 'charges'> {
  readonly name: string;
}

/** A statement and its charges as they were read through the public interface. */
export interface Presented {
  readonly statement: PresentedStatement;
  readonly pages: readonly PresentedPage[];
  /** In the order in which they were given. */
  readonly charges: readonly PresentedCharge[];
}

interface Document {
  readonly name: string;
  readonly value: unknown;
}

const parseJson = (content: string): { readonly value: unknown } | undefined => {
  try {
    return { value: JSON.parse(content) };
  } catch {
    return undefined;
  }
};

/** A file is one JSON document, or one a line. */
const documentsOf = ({ name, content }: StatementFile): Document[] => {
  const whole = parseJson(content);
  if (whole) return [{ name, ...whole }];
  return content.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return [];
    const parsed = parseJson(line);
    if (!parsed) throw new Refusal('not-json', `${name} is not JSON, nor is its line ${index + 1}`);
    return [{ name: `${name} line ${index + 1}`, ...parsed }];
  });
};

const parse = <Output>(
  schema: v.GenericSchema<unknown, Output>,
  { name, value }: Document,
  at = '',
): Output => {
  const { success, output, issues } = v.safeParse(schema, value);
  if (success) return output;
  throw new Refusal('invalid', `${name} is not as jobmeter answers`, {
    errors: inputErrors(issues, at),
  });
};

const has = <Member extends string>(value: unknown, member: Member): value is Record<Member, unknown> =>
  typeof value === 'object' && value !== null && member in value;

/**
 * Finds a statement and its charges in files, whatever each of them holds: a statement, pages of its charges, single charges, or
 * `{ statement, charges }`.
 */
export const parseStatementFiles = (files: readonly StatementFile[]): Presented => {
  const statements: PresentedStatement[] = [];
  const pages: PresentedPage[] = [];
  const charges: PresentedCharge[] = [];
  const addCharges = (name: string, found: readonly unknown[]) => {
    for (const [index, value] of found.entries())
      charges.push(parse(ChargeSchema, { name, value }, `/charges/${index}`));
  };

  for (const { name, value } of files.flatMap(documentsOf)) {
    if (has(value, 'statement') && has(value, 'charges')) {
      statements.push(parse(StatementSchema, { name, value: value.statement }, '/statement'));
      addCharges(
        name,
        parse(v.array(v.unknown(), 'must be an array'), { name, value: value.charges }, '/charges'),
      );
    } else if (has(value, 'charges')) {
      const { charges: found, ...page } = parse(PageSchema, { name, value });
      pages.push({ ...page, name });
      addCharges(name, found);
    } else if (has(value, 'lines')) {
      statements.push(parse(StatementSchema, { name, value }));
    } else if (has(value, 'jobId')) {
      charges.push(parse(ChargeSchema, { name, value }));
    } else {
      throw new Refusal('invalid', `${name} is neither a statement nor charges of one`);
    }
  }

  const [statement, another] = statements;
  if (!statement || another)
    throw new Refusal(
      'invalid',
      `there ${another ? 'is more than one statement' : 'is no statement'} among the files: give one, and its charges`,
    );
  if (pages.length === 0 && charges.length === 0)
    throw new Refusal('invalid', 'there are no charges among the files: give all pages of them');
  return { statement, pages, charges };
};
