/** What a command shows of a thing, by name. */
export function fieldsIn(stdout: string): Record<string, string> {
  const lines = stdout.split('\n').filter(Boolean);
  return Object.fromEntries(lines.map((line) => line.split(/ {2,}/)).map(([name = '', value = '']) => [name, value]));
}
