import { validationError } from './errors.ts';
import { MAX_NUMBER_DIGITS, MAX_NUMBER_MAGNITUDE, MIN_NUMBER_MAGNITUDE } from './limits.ts';

/**
 * DynamoDB numbers: exact decimals of up to 38 significant digits. JavaScript's floats never touch them.
 * The value is `coefficient × 10^exponent`; the coefficient has no trailing zeros, and zero is `0 × 10^0`.
 */
export interface Decimal {
  readonly coefficient: bigint;
  readonly exponent: number;
}

const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;
/** What most numbers look like: plain integers that are already in canonical form. */
const CANONICAL_INTEGER = /^(?:0|-?[1-9]\d{0,36})$/;
const TRAILING_ZEROS = /0+$/;

/** @throws ValidationException if the text is not a number, or is one that DynamoDB can't hold. */
export function parseDecimal(text: string): Decimal {
  const match = DECIMAL.exec(text);
  const digits = match ? `${match[2] ?? ''}${match[3] ?? ''}` : '';
  if (!match || digits === '') throw notANumber(text);
  const exponent = Number(match[4] ?? 0) - (match[3]?.length ?? 0);
  return checkedDecimal(BigInt(`${match[1] === '-' ? '-' : ''}${digits}`), exponent);
}

/** The text in which DynamoDB returns a number: no exponent, no leading or trailing zeros. */
export function normalizeNumber(text: string): string {
  if (CANONICAL_INTEGER.test(text)) return text;
  return formatDecimal(parseDecimal(text));
}

export function formatDecimal({ coefficient, exponent }: Decimal): string {
  const negative = coefficient < 0n;
  const digits = (negative ? -coefficient : coefficient).toString();
  return (negative ? '-' : '') + plainNotation(digits, exponent);
}

export function addDecimals(left: Decimal, right: Decimal): Decimal {
  const exponent = Math.min(left.exponent, right.exponent);
  return checkedDecimal(scaleTo(left, exponent) + scaleTo(right, exponent), exponent);
}

export function subtractDecimals(left: Decimal, right: Decimal): Decimal {
  return addDecimals(left, { coefficient: -right.coefficient, exponent: right.exponent });
}

/** Negative, zero or positive, as for `Array.prototype.sort`. */
export function compareDecimals(left: Decimal, right: Decimal): number {
  const exponent = Math.min(left.exponent, right.exponent);
  const difference = scaleTo(left, exponent) - scaleTo(right, exponent);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** Compares two numbers in canonical text form. */
export function compareNumbers(left: string, right: string): number {
  if (left === right) return 0;
  return compareDecimals(parseDecimal(left), parseDecimal(right));
}

/**
 * A text whose byte order is the numeric order: sign (`0` negative, `1` zero, `2` positive), magnitude, digits.
 * For negative numbers magnitude and digits are complemented and closed with a `~`, which sorts after every digit.
 *
 *     -1.5 → 0868 84~      0 → 1      1.5 → 2131 15      150 → 2133 15      (without the blanks)
 */
export function sortableNumber(text: string): string {
  const { coefficient, exponent } = parseDecimal(text);
  if (coefficient === 0n) return '1';
  const negative = coefficient < 0n;
  const digits = (negative ? -coefficient : coefficient).toString();
  const magnitude = digits.length + exponent - MIN_NUMBER_MAGNITUDE;
  if (!negative) return `2${String(magnitude).padStart(3, '0')}${digits}`;
  return `0${String(999 - magnitude).padStart(3, '0')}${complement(digits)}~`;
}

function checkedDecimal(coefficient: bigint, exponent: number): Decimal {
  if (coefficient === 0n) return { coefficient, exponent: 0 };
  const negative = coefficient < 0n;
  const all = (negative ? -coefficient : coefficient).toString();
  const digits = all.replace(TRAILING_ZEROS, '');
  const magnitude = all.length + exponent - 1;
  if (magnitude > MAX_NUMBER_MAGNITUDE) {
    throw validationError('Number overflow. Attempting to store a number with magnitude larger than supported range');
  }
  if (magnitude < MIN_NUMBER_MAGNITUDE) {
    throw validationError('Number underflow. Attempting to store a number with magnitude smaller than supported range');
  }
  if (digits.length > MAX_NUMBER_DIGITS) {
    throw validationError('Attempting to store more than 38 significant digits in a Number');
  }
  const significant = BigInt(digits);
  return { coefficient: negative ? -significant : significant, exponent: exponent + all.length - digits.length };
}

function scaleTo({ coefficient, exponent }: Decimal, toExponent: number): bigint {
  return coefficient * 10n ** BigInt(exponent - toExponent);
}

function plainNotation(digits: string, exponent: number): string {
  if (exponent >= 0) return digits + '0'.repeat(exponent);
  const point = digits.length + exponent;
  if (point > 0) return `${digits.slice(0, point)}.${digits.slice(point)}`;
  return `0.${'0'.repeat(-point)}${digits}`;
}

function complement(digits: string): string {
  let complemented = '';
  for (const digit of digits) complemented += 9 - Number(digit);
  return complemented;
}

function notANumber(text: string): Error {
  const suffix = text === '' ? '' : `: ${text}`;
  return validationError(`The parameter cannot be converted to a numeric value${suffix}`);
}
