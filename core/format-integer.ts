/** Formats a number for messages: 262144 → `262,144`. */
export function formatInteger(number: number): string {
  return number.toLocaleString('en');
}
