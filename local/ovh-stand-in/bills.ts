import { notFound } from './api-error.ts';
import type { Bill, BillDetail, Price } from './api-model.ts';
import { dateText, dayText, nextMonth, startOf } from './month-times.ts';
import {
  type BillingRule,
  endedMonths,
  type Planted,
  type Position,
  positionsOf,
  sumOf,
} from './positions.ts';
import type { Provider } from './provider.ts';

/** The calls of bills: one bill for each month that has ended, over all projects. */
export interface Bills {
  /** The ids of the bills of a time, both ends inclusive. */
  readonly list: (from: number, to: number) => readonly string[];
  readonly bill: (billId: string) => Bill;
  readonly details: (billId: string) => readonly string[];
  readonly detail: (billId: string, id: string) => BillDetail;
}

const PRICE_SCALE = 100_000_000;
const TAX_PERCENT = 20;

const idOf = (month: string) => `FR${month.replace('-', '')}01`;
const issuedAt = (month: string) => startOf(nextMonth(month));

const priceIn = (currencyCode: string, value: number): Price => ({
  currencyCode,
  text: `${value.toFixed(2)} ${currencyCode}`,
  value,
});

const detailOf = (
  { region, flavor, unitMinutes, price, amount }: Position,
  { id, project, month, currency }: Readonly<Record<'id' | 'project' | 'month' | 'currency', string>>,
): BillDetail => ({
  billDetailId: id,
  description: `AI Training ${flavor} (${region}), per minute`,
  domain: project,
  periodStart: dayText(startOf(month)),
  periodEnd: dayText(issuedAt(month) - 1),
  quantity: String(unitMinutes),
  unitPrice: priceIn(currency, price / PRICE_SCALE),
  totalPrice: { ...priceIn(currency, amount), priceInUcents: Math.round(amount * PRICE_SCALE) },
});

export const createBills = (provider: Provider, rule: BillingRule, planted: readonly Planted[]): Bills => {
  const { currency } = rule;
  const monthOfBill = (billId: string) => {
    const month = endedMonths(provider).find((ended) => idOf(ended) === billId);
    if (month === undefined) throw notFound(`bill ${billId}`);
    return month;
  };
  const detailsOf = (billId: string): readonly BillDetail[] => {
    const month = monthOfBill(billId);
    const upTo = issuedAt(month);
    return [...provider.projects()]
      .flatMap((project) =>
        positionsOf(provider, rule, planted, { project, month, upTo }).map((position) => ({
          project,
          position,
        })),
      )
      .map(({ project, position }, index) =>
        detailOf(position, { id: `${billId}-${index + 1}`, project, month, currency }),
      );
  };
  return {
    list: (from, to) =>
      endedMonths(provider)
        .filter((month) => issuedAt(month) >= from && issuedAt(month) <= to)
        .map(idOf),
    bill(billId) {
      const month = monthOfBill(billId);
      const sum = sumOf(detailsOf(billId).map(({ totalPrice }) => totalPrice.value));
      const tax = sumOf([(sum * TAX_PERCENT) / 100]);
      return {
        ...{ billId, date: dateText(issuedAt(month)), orderId: Number(month.replace('-', '')) },
        ...{ category: 'autorenew', priceWithoutTax: priceIn(currency, sum), tax: priceIn(currency, tax) },
        priceWithTax: priceIn(currency, sumOf([sum, tax])),
        ...{ pdfUrl: `https://localhost/${billId}.pdf`, url: `https://localhost/${billId}` },
      };
    },
    details: (billId) => detailsOf(billId).map(({ billDetailId }) => billDetailId),
    detail(billId, id) {
      const detail = detailsOf(billId).find(({ billDetailId }) => billDetailId === id);
      if (!detail) throw notFound(`detail ${id}`);
      return detail;
    },
  };
};
