/** A number as every message shows it: 262144 → `262,144`. */
export function grouped(number: number): string {
  return number.toLocaleString('en');
}
