import { ApiError } from './api-error.ts';
import type { BillingRule } from './positions.ts';

const TAX_PERCENT = 20;

const pricing = (price: number, description: string) => ({
  ...{ capacities: ['consumption'], price, tax: Math.round((price * TAX_PERCENT) / 100) },
  ...{ interval: 1, intervalUnit: 'none', description, phase: 1, commitment: 0, mode: 'default' },
  ...{ mustBeCompleted: false, strategy: 'tiered', type: 'consumption' },
  ...{ quantity: { min: 1 }, repeat: { min: 1 } },
});

const addon = (planCode: string, product: string, ...prices: readonly number[]) => ({
  ...{ planCode, product, invoiceName: planCode, pricingType: 'consumption' },
  pricings: prices.map((price) => pricing(price, planCode)),
});

/**
 * The public catalogue, without authentication. Beside the plan of each flavor it has what the
 * provider's has too: plans of other products, plans by the hour, and a pricing of zero.
 */
export const catalogFor = ({ prices, currency }: BillingRule, subsidiary: string | null) => {
  if (subsidiary === null || !/^[A-Z]{2,4}$/.test(subsidiary))
    throw new ApiError(400, 'INVALID_ARGUMENT', 'ovhSubsidiary must be a subsidiary, like FR');
  return {
    catalogId: 1,
    locale: { currencyCode: currency, subsidiary, taxRate: TAX_PERCENT },
    ...{ plans: [], products: [], planFamilies: [] },
    addons: [
      addon('ai-training.ai1-standard.hour.consumption', 'ai-training', 193_000_000),
      ...Object.entries(prices).flatMap(([flavor, price]) => [
        addon(`ai-notebook.${flavor}.minute.consumption`, 'ai-notebook', price),
        addon(`ai-training.${flavor}.minute.consumption`, 'ai-training', 0, price),
      ]),
    ],
  };
};
