/** A number as every message shows it: 262144 → `262,144`. */
export function formatInteger(number: number): string {
  return number.toLocaleString('en');
}
