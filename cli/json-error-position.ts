/**
 * Where a text stops being valid JSON, and nothing else. V8's own message quotes the text around an unexpected character, which
 * may be part of a secret.
 * @param message V8's message
 */
export function jsonErrorPosition(text: string, { message }: SyntaxError): string {
  const before = text.slice(0, positionOf(text, message));
  const lines = before.split('\n');
  return `line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1}`;
}

function positionOf(text: string, message: string): number {
  const [, position] = / at position (\d+)/.exec(message) ?? [];
  if (position !== undefined) return Number(position);
  return isUnexpectedToken(message) ? shortestWithMistake(text) - 1 : text.length;
}

/** A text cut off before the mistake may be incomplete, but it has no unexpected character. */
function shortestWithMistake(text: string): number {
  let [without, having] = [0, text.length];
  while (having - without > 1) {
    const middle = Math.floor((without + having) / 2);
    if (hasMistake(text.slice(0, middle))) having = middle;
    else without = middle;
  }
  return having;
}

function hasMistake(text: string): boolean {
  try {
    JSON.parse(text);
    return false;
  } catch (error) {
    return error instanceof SyntaxError && isUnexpectedToken(error.message);
  }
}

function isUnexpectedToken(message: string): boolean {
  return message.startsWith('Unexpected token');
}
