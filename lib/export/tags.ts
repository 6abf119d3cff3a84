import { compareText } from '../billing/compare-text.ts';
import type { BilledCharge } from '../shapes/charge.ts';

/** Labels by key as JSON, so that equal labels are equal texts. */
export const tagsOf = (labels: BilledCharge['labels']): string | null =>
  labels
    ? JSON.stringify(Object.fromEntries(Object.entries(labels).sort(([a], [b]) => compareText(a, b))))
    : null;
