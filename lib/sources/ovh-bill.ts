import * as v from 'valibot';
import { minorDigits } from '../billing/money.ts';
import { inputErrors } from '../validation.ts';
import { addFigures, type Figure, NO_FIGURE, ONE, readAmount } from './provider-figure.ts';

type InputErrors = ReturnType<typeof inputErrors>;

/** The lines of AI training on a bill. */
export interface ProviderBill {
  readonly lines: number;
  readonly amount: Figure;
}

export type ReadBill = { readonly bill: ProviderBill } | { readonly errors: InputErrors };

const MONEY_RULE = 'must be a number';
const UCENTS_RULE = 'must be a whole number';
const Detail = v.object(
  {
    description: v.nullish(v.string('must be a text'), ''),
    domain: v.nullish(v.string('must be a text'), ''),
    totalPrice: v.object(
      {
        value: v.pipe(v.number(MONEY_RULE), v.finite(MONEY_RULE)),
        priceInUcents: v.nullish(v.pipe(v.number(UCENTS_RULE), v.safeInteger(UCENTS_RULE))),
      },
      'must be an object',
    ),
  },
  'must be an object',
);
const Details = v.array(Detail, 'must be a list of bill details');

const isTraining = ({ description, domain }: v.InferOutput<typeof Detail>): boolean =>
  /ai[-_ ]?training/i.test(`${description} ${domain}`);

/** Micro-cents of the currency: 10^-8 of it. */
const UCENTS_PER_UNIT = 100_000_000n;

const amountOf = (
  { totalPrice: { value, priceInUcents } }: v.InferOutput<typeof Detail>,
  currency: string,
): Figure => {
  const rounded = readAmount(value, minorDigits(currency));
  if (typeof priceInUcents !== 'number') return rounded;
  return { ...rounded, value: (BigInt(priceInUcents) * ONE) / UCENTS_PER_UNIT };
};

/** Reads the details of a bill, parsed from JSON: those that name AI training. */
export const readOvhBill = (json: unknown, currency: string): ReadBill => {
  const { success, output, issues = [] } = v.safeParse(Details, json);
  if (!success) return { errors: inputErrors(issues, { what: 'the bill' }) };
  const details = output.filter(isTraining);
  return {
    bill: {
      lines: details.length,
      amount: details.map((detail) => amountOf(detail, currency)).reduce(addFigures, NO_FIGURE),
    },
  };
};
