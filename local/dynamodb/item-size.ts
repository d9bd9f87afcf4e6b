import { Buffer } from 'node:buffer';
import type { AttributeMap, AttributeValue } from './attribute-value.ts';

/**
 * Sizes as they are billed.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */

/** Bytes of all names and values of an item. */
export function itemSize(item: AttributeMap): number {
  let bytes = 0;
  for (const name in item) {
    const value = item[name];
    if (value) bytes += Buffer.byteLength(name) + valueSize(value);
  }
  return bytes;
}

/** A list or map costs 3 bytes, and one more for each element. */
const COLLECTION_OVERHEAD_BYTES = 3;
const ELEMENT_OVERHEAD_BYTES = 1;

export function valueSize(value: AttributeValue): number {
  if ('S' in value) return Buffer.byteLength(value.S);
  if ('N' in value) return numberSize(value.N);
  if ('B' in value) return binarySize(value.B);
  if ('BOOL' in value || 'NULL' in value) return 1;
  if ('SS' in value) return sum(value.SS, (text) => Buffer.byteLength(text));
  if ('NS' in value) return sum(value.NS, numberSize);
  if ('BS' in value) return sum(value.BS, binarySize);
  if ('L' in value) {
    return COLLECTION_OVERHEAD_BYTES + sum(value.L, (element) => ELEMENT_OVERHEAD_BYTES + valueSize(element));
  }
  return COLLECTION_OVERHEAD_BYTES + ELEMENT_OVERHEAD_BYTES * Object.keys(value.M).length + itemSize(value.M);
}

/** Two digits take a byte, counted in pairs from the decimal point. The exponent takes a byte, and a minus sign another. */
function numberSize(text: string): number {
  if (text === '0') return 1;
  const negative = text.startsWith('-');
  const [integer = '', fraction = ''] = (negative ? text.slice(1) : text).split('.');
  const whole = integer === '0' ? '' : integer;
  const padded =
    (whole.length % 2 === 0 ? whole : `0${whole}`) + (fraction.length % 2 === 0 ? fraction : `${fraction}0`);
  const significant = padded.replace(/^(?:00)+/, '').replace(/(?:00)+$/, '');
  return significant.length / 2 + 1 + (negative ? 1 : 0);
}

function binarySize(base64: string): number {
  return Buffer.byteLength(base64, 'base64');
}

function sum<T>(values: readonly T[], size: (value: T) => number): number {
  let bytes = 0;
  for (const value of values) bytes += size(value);
  return bytes;
}
