import assert from 'node:assert/strict';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';

/** An item in wire format. */
export type Attributes = Readonly<Record<string, AttributeValue>>;

const textBytes = (text: string) => Buffer.byteLength(text);

/**
 * One byte per two digits left and right of the point without outer zeros, one for the exponent,
 * one for a minus sign.
 */
const numberBytes = (text: string): number => {
  const [, minus = '', whole = '', fraction = ''] =
    /^(-?)(\d+)\.?(\d*)$/.exec(text) ?? assert.fail(`${text} is written out`);
  const even = whole.padStart(whole.length + (whole.length % 2), '0');
  const digits = (even + fraction.padEnd(fraction.length + (fraction.length % 2), '0'))
    .replace(/^(00)+/, '')
    .replace(/(?<=^(..)*)(00)+$/, '');
  return digits.length / 2 + 1 + minus.length;
};

const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);

const valueBytes = (value: AttributeValue): number => {
  if (value.S !== undefined) return textBytes(value.S);
  if (value.N !== undefined) return numberBytes(value.N);
  if (value.BOOL !== undefined) return 1;
  if (value.B !== undefined) return value.B.length;
  if (value.L !== undefined) return 3 + sum(value.L.map((element) => 1 + valueBytes(element)));
  if (value.M !== undefined)
    return (
      3 + sum(Object.entries(value.M).map(([name, element]) => 1 + textBytes(name) + valueBytes(element)))
    );
  return assert.fail('jobmeter stores texts, numbers, truth values, bytes, lists and maps only');
};

/**
 * Billed size of an item: attribute names and values.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
export const itemBytes = (item: Attributes): number =>
  sum(Object.entries(item).map(([name, value]) => textBytes(name) + valueBytes(value)));
