import {
  type AttributeMap,
  type AttributeValue,
  attributeOf,
  compareBinaries,
  compareStrings,
} from './attribute-value.ts';
import { compareNumbers } from './number.ts';

/** Deep equality. Values are in stored form, so numbers, sets and binaries are equal when their texts are. */
export function equalValues(left: AttributeValue, right: AttributeValue): boolean {
  if (left === right) return true;
  if ('S' in left) return 'S' in right && left.S === right.S;
  if ('N' in left) return 'N' in right && left.N === right.N;
  if ('B' in left) return 'B' in right && left.B === right.B;
  if ('BOOL' in left) return 'BOOL' in right && left.BOOL === right.BOOL;
  if ('NULL' in left) return 'NULL' in right;
  if ('SS' in left) return 'SS' in right && equalTexts(left.SS, right.SS);
  if ('NS' in left) return 'NS' in right && equalTexts(left.NS, right.NS);
  if ('BS' in left) return 'BS' in right && equalTexts(left.BS, right.BS);
  if ('L' in left) return 'L' in right && equalLists(left.L, right.L);
  return 'M' in right && equalMaps(left.M, right.M);
}

/** Equal attributes, in whatever order. */
export function equalMaps(left: AttributeMap, right: AttributeMap): boolean {
  const names = Object.keys(left);
  if (names.length !== Object.keys(right).length) return false;
  return names.every((name) => {
    const [one, other] = [attributeOf(left, name), attributeOf(right, name)];
    return one !== undefined && other !== undefined && equalValues(one, other);
  });
}

/** Negative, zero or positive for two strings, numbers or binaries; `undefined` where the types have no order together. */
export function compareValues(left: AttributeValue, right: AttributeValue): number | undefined {
  if ('S' in left && 'S' in right) return compareStrings(left.S, right.S);
  if ('N' in left && 'N' in right) return compareNumbers(left.N, right.N);
  if ('B' in left && 'B' in right) return compareBinaries(left.B, right.B);
  return undefined;
}

function equalTexts(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((text, index) => text === right[index]);
}

function equalLists(left: readonly AttributeValue[], right: readonly AttributeValue[]): boolean {
  return (
    left.length === right.length &&
    left.every((value, index) => {
      const other = right[index];
      return other !== undefined && equalValues(value, other);
    })
  );
}
