import * as v from 'valibot';
import { currency, id, money, month, object, price, quantity, total, unit } from './members.ts';

export const Line = object('One line of a statement or of usage: a usage month, flavor and price.', {
  flavor: id('The flavor that is billed.'),
  unit: unit(),
  usageMonth: month('The month of the usage'),
  kind: v.pipe(
    v.picklist(['usage', 'correction'], 'must be usage or correction'),
    v.description("`usage` of the statement's own month, or a `correction` of an earlier one."),
  ),
  minutes: quantity(
    'Commenced minutes that this line adds to earlier statements; negative where it reverses some.',
  ),
  unitMinutes: quantity('`minutes x units`, likewise.'),
  pricePerHour: price('The price of the line'),
  amount: money('The amount billed by this line. The lines add up to `total`'),
  currency: currency(),
  cumulativeUnitMinutes: total(
    'Unit minutes of this usage month, flavor and price on this and all earlier statements. Times `pricePerHour` / 60, rounded half up, minus the amounts of earlier statements, is `amount`.',
  ),
});
export type Line = v.InferOutput<typeof Line>;
