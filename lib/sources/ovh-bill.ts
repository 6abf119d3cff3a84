import * as v from 'valibot';
import { minorDigits } from '../billing/money.ts';
import { inputErrors } from '../validation.ts';
import { addFigures, type Figure, NO_FIGURE, ONE, readAmount } from './provider-figure.ts';

type InputErrors = ReturnType<typeof inputErrors>;

/** The lines of AI training on a bill. */
export interface ProviderBill {
  readonly lines: number;
  readonly amount: Figure;
  /** What was left out, as sentences. */
  readonly notes: readonly string[];
}

export type ReadBill = { readonly bill: ProviderBill } | { readonly errors: InputErrors };

export interface BillOptions {
  readonly currency: string;
  /** The project as it may be called on the bill. */
  readonly projects: readonly string[];
  readonly month: string;
}

const MONEY_RULE = 'must be a number';
const UCENTS_RULE = 'must be a whole number';
const DAY_RULE = 'must be a date, like 2026-10-01';
/** A day has no zone. */
const Day = v.nullish(
  v.pipe(
    v.string(DAY_RULE),
    v.regex(/^\d{4}-\d\d-\d\d/, DAY_RULE),
    v.transform((text) => text.slice(0, 10)),
    v.check((day) => !Number.isNaN(Date.parse(day)), DAY_RULE),
  ),
);
const Detail = v.object(
  {
    description: v.nullish(v.string('must be a text'), ''),
    domain: v.nullish(v.string('must be a text'), ''),
    periodStart: Day,
    periodEnd: Day,
    totalPrice: v.object(
      {
        value: v.pipe(v.number(MONEY_RULE), v.finite(MONEY_RULE)),
        currencyCode: v.nullish(v.string('must be a text')),
        priceInUcents: v.nullish(v.pipe(v.number(UCENTS_RULE), v.safeInteger(UCENTS_RULE))),
      },
      'must be an object',
    ),
  },
  'must be an object',
);
const Details = v.array(Detail, 'must be a list of bill details');

type Line = v.InferOutput<typeof Detail>;

const isTraining = ({ description, domain }: Line): boolean =>
  /ai[-_ ]?training/i.test(`${description} ${domain}`);

/** Micro-cents of the currency: 10^-8 of it. */
const UCENTS_PER_UNIT = 100_000_000n;

const amountOf = ({ totalPrice: { value, priceInUcents } }: Line, currency: string): Figure => {
  const rounded = readAmount(value, minorDigits(currency));
  if (typeof priceInUcents !== 'number') return rounded;
  return { ...rounded, value: (BigInt(priceInUcents) * ONE) / UCENTS_PER_UNIT };
};

/** Whether a line has a day of the month. One without dates may. */
const isOfMonth = ({ periodStart, periodEnd }: Line, month: string): boolean =>
  (periodStart ?? month).slice(0, 7) <= month && (periodEnd ?? month).slice(0, 7) >= month;

/** The lines that name the project in their domain; all of them if none does. */
const linesOf = (details: readonly Line[], projects: readonly string[]) => {
  const own = details.filter(({ domain }) => projects.includes(domain ?? ''));
  if (own.length > 0) return { lines: own };
  const domains = new Set(details.map(({ domain }) => domain));
  return {
    lines: details,
    ...(domains.size > 1 && {
      warning: `the bill has lines of several projects, and none is called ${projects.join(' or ')}: all are added up; OVH_PROJECTS says which is this one`,
    }),
  };
};

/** Reads the details of a bill, parsed from JSON: those of AI training in the project's month. */
export const readOvhBill = (json: unknown, { currency, projects, month }: BillOptions): ReadBill => {
  const { success, output, issues = [] } = v.safeParse(Details, json);
  if (!success) return { errors: inputErrors(issues, { what: 'the bill' }) };
  const training = output.filter(isTraining);
  const foreign = training.find(({ totalPrice }) => (totalPrice.currencyCode ?? currency) !== currency);
  if (foreign) {
    const place = output.indexOf(foreign);
    const detail = `[${place}].totalPrice.currencyCode must be ${currency}, the currency here, not ${foreign.totalPrice.currencyCode}`;
    return { errors: [{ pointer: `/${place}/totalPrice/currencyCode`, detail }] };
  }
  const ofMonth = training.filter((line) => isOfMonth(line, month));
  const { lines, warning } = linesOf(ofMonth, projects);
  const leftOut = [
    [training.length - ofMonth.length, 'other months'],
    [ofMonth.length - lines.length, 'other projects'],
  ] as const;
  return {
    bill: {
      lines: lines.length,
      amount: lines.map((line) => amountOf(line, currency)).reduce(addFigures, NO_FIGURE),
      notes: [
        ...(warning ? [warning] : []),
        ...leftOut.flatMap(([count, of]) =>
          count > 0 ? [`lines of AI training on the bill that are of ${of} were left out: ${count}`] : [],
        ),
      ],
    },
  };
};
