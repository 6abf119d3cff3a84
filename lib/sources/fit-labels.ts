import type { Labels } from '../billing/facts.ts';
import { isLabelKey } from '../validation.ts';
import { labelsOf } from './reported-event.ts';

// The limits of an event's labels (lib/shapes/fields.ts). A test compares them.
const MAX_LABELS = 16;
const MAX_BYTES = 1024;

const UNUSABLE: ReadonlySet<string> = new Set(['__proto__', 'prototype', 'constructor']);

type Values = Readonly<Record<string, string | undefined>>;

/**
 * Labels of several origins, the most important first, as far as an event may state them: what does
 * not fit, or has a name or value that no label may have, is left out. The first of a name counts.
 */
export const fitLabels = (...origins: readonly Values[]): Labels | undefined => {
  const fitting = new Map<string, string>();
  let bytes = 0;
  for (const [name, value] of origins.flatMap((values) => Object.entries(labelsOf(values) ?? {}))) {
    const size = Buffer.byteLength(name + value);
    if (fitting.has(name) || !isLabelKey(name) || UNUSABLE.has(name)) continue;
    if (fitting.size === MAX_LABELS || bytes + size > MAX_BYTES) continue;
    fitting.set(name, value);
    bytes += size;
  }
  return fitting.size > 0 ? Object.fromEntries(fitting) : undefined;
};
