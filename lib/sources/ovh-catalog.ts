import * as v from 'valibot';
import type { Unit } from '../billing/facts.ts';
import { canonicalPrice, isCurrency, isPrice } from '../billing/money.ts';
import type { Price } from '../billing/tariff.ts';
import { ID_RULE, inputErrors, isId } from '../validation.ts';

// The public catalogue of OVHcloud: a price is an integer of 10^-8 of the currency per minute and
// unit of a flavor, before tax. `interval`, which contradicts it, is not read.

/** A JSON pointer, and a sentence that names the place and the rule that it breaks. */
export type CatalogError = ReturnType<typeof inputErrors>[number];

/** A plan of the AI products that is no price of a training minute. */
export interface LeftOutPlan {
  readonly planCode: string;
  readonly reason: string;
}

export interface OvhPrices {
  readonly currency: string;
  /** Where the customer is billed, like FR: each subsidiary has a catalogue of its own. */
  readonly subsidiary: string;
  /** By flavor. */
  readonly prices: Readonly<Record<string, Price>>;
  readonly leftOut: readonly LeftOutPlan[];
}

/** A catalogue that was read, or what is wrong with it. */
export type ReadCatalog =
  | { readonly errors: readonly CatalogError[]; readonly catalog?: undefined }
  | { readonly errors: readonly []; readonly catalog: OvhPrices };

const object = <const Entries extends v.ObjectEntries>(entries: Entries) =>
  v.object(entries, 'must be an object');
const Text = v.string('must be a text');
const Currency = v.pipe(Text, v.check(isCurrency, 'must be an ISO 4217 code'));

const Catalog = object({
  locale: object({ currencyCode: Currency, subsidiary: Text }),
  addons: v.array(object({ planCode: Text, pricings: v.optional(v.unknown()) }), 'must be a list'),
});

const WHOLE_RULE = 'must be a whole number';
const Whole = v.pipe(v.number(WHOLE_RULE), v.safeInteger(WHOLE_RULE), v.minValue(0, WHOLE_RULE));
const Pricings = v.array(
  object({
    capacities: v.array(Text, 'must be a list'),
    price: Whole,
    quantity: v.nullish(object({ min: v.nullish(Whole) })),
  }),
  'must be a list',
);
type Pricing = v.InferOutput<typeof Pricings>[number];

const MINUTE_PLAN = /^ai-training\.(.+)\.minute\.consumption$/;
const AI_PLAN = /^ai-(training|notebook|app)\./;

/** `h100-1-gpu`: a unit is one GPU. */
const UNITS_OF_FLAVOR = /-(\d{1,3})-(gpu|cpu)$/;

const reasonToLeaveOut = (planCode: string): string => {
  if (!planCode.startsWith('ai-training.')) return 'not AI Training';
  return planCode.includes('.hour.') ? 'an old price per hour' : 'not a price per minute';
};

class Unpriced extends Error {}

const consumptionPrice = (planCode: string, pricings: readonly Pricing[]): number | undefined => {
  const consumption = pricings.filter(({ capacities }) => capacities.includes('consumption'));
  if (consumption.some(({ quantity }) => (quantity?.min ?? 0) > 1))
    throw new Unpriced(`${planCode} has prices by quantity: a tariff has one price for a flavor`);
  const prices = [...new Set(consumption.map(({ price }) => price).filter((price) => price > 0))];
  if (prices.length > 1)
    throw new Unpriced(
      `${planCode} has several prices, ${prices.join(' and ')}: a tariff has one for a flavor`,
    );
  return prices[0];
};

/** Prices have at most 12 digits after the point. */
const PICOS_PER_HOUR = 60n * 10n ** 4n;

/** The price of one GPU or CPU for an hour, exactly: a unit of the flavor may be several. */
const pricePerHour = (flavor: string, pricePerMinute: number, units: number): string => {
  const picos = BigInt(pricePerMinute) * PICOS_PER_HOUR;
  const text = (picos / BigInt(units)).toString().padStart(13, '0');
  const price = `${text.slice(0, -12)}.${text.slice(-12)}`;
  if (picos % BigInt(units) !== 0n || !isPrice(price))
    throw new Unpriced(
      `${flavor} costs ${pricePerMinute} a minute for ${units}: that is no exact price of one for an hour`,
    );
  return canonicalPrice(price);
};

/** The flavor of a plan and its price; a reason if there is none. */
const priceOf = (flavor: string, planCode: string, pricings: readonly Pricing[]): Price | string => {
  if (!isId(flavor)) throw new Unpriced(`the flavor of ${planCode} ${ID_RULE}`);
  const [, count = '0', unit] = UNITS_OF_FLAVOR.exec(flavor) ?? [];
  if (Number(count) === 0) return 'its name does not say how many GPUs or CPUs a unit is';
  const price = consumptionPrice(planCode, pricings);
  if (price === undefined) return 'it has no price above 0';
  return { unit: unit as Unit, pricePerHour: pricePerHour(flavor, price, Number(count)) };
};

const isSame = (a: Price, b: Price): boolean => a.unit === b.unit && a.pricePerHour === b.pricePerHour;

/** The prices of AI Training, of a catalogue as `GET /order/catalog/public/cloud` answers. */
export const readOvhCatalog = (content: unknown): ReadCatalog => {
  const parsed = v.safeParse(Catalog, content, { abortPipeEarly: true });
  if (!parsed.success) return { errors: inputErrors(parsed.issues, { what: 'the catalogue' }) };
  const { locale, addons } = parsed.output;
  const errors: CatalogError[] = [];
  const leftOut: LeftOutPlan[] = [];
  const prices = new Map<string, Price>();
  for (const [index, { planCode, pricings }] of addons.entries()) {
    if (!AI_PLAN.test(planCode)) continue;
    const flavor = MINUTE_PLAN.exec(planCode)?.[1];
    if (flavor === undefined) {
      leftOut.push({ planCode, reason: reasonToLeaveOut(planCode) });
      continue;
    }
    const at = ['addons', index, 'pricings'];
    const { success, output, issues = [] } = v.safeParse(Pricings, pricings, { abortPipeEarly: true });
    errors.push(...inputErrors(issues, { what: planCode, at }));
    if (!success) continue;
    try {
      const price = priceOf(flavor, planCode, output);
      const known = prices.get(flavor);
      if (typeof price === 'string') leftOut.push({ planCode, reason: price });
      else if (known && !isSame(known, price)) throw new Unpriced(`${planCode} is listed with another price`);
      else prices.set(flavor, price);
    } catch (error) {
      if (!(error instanceof Unpriced)) throw error;
      errors.push({ pointer: `/addons/${index}/pricings`, detail: error.message });
    }
  }
  if (errors.length === 0 && prices.size === 0)
    errors.push({ pointer: '/addons', detail: 'addons has no price of a minute of AI Training' });
  if (errors.length > 0) return { errors };
  const { currencyCode: currency, subsidiary } = locale;
  return { errors: [], catalog: { currency, subsidiary, prices: Object.fromEntries(prices), leftOut } };
};
