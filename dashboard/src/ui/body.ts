/** Enough to see what it is. Browsers are slow with megabytes of hex. */
const MAX_DUMPED_BYTES = 16_384;
/** Longer JSON is shown as it came. */
const MAX_PRETTY_CHARACTERS = 500_000;
const BYTES_A_LINE = 16;

export function bytesOf(text: string, encoding: 'utf8' | 'base64'): Uint8Array {
  return encoding === 'utf8'
    ? new TextEncoder().encode(text)
    : Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

/** Whether it is shown as it came, even if it is JSON. */
export function isTooLongToLayOut(text: string): boolean {
  return text.length > MAX_PRETTY_CHARACTERS;
}

/**
 * JSON with line breaks and indentation added to its text, not to its parsed values: numbers beyond 2^53, the order of names, and
 * duplicate names stay as they came. @returns `undefined` if it is not JSON
 */
export function prettyJson(text: string): string | undefined {
  if (isTooLongToLayOut(text) || !isJson(text)) return undefined;
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|[[\]{},:]|[^\s[\]{},:"]+/g) ?? [];
  let depth = 0;
  const lineBreak = () => `\n${'  '.repeat(depth)}`;
  let pretty = '';
  for (const [index, token] of tokens.entries()) {
    const next = tokens[index + 1];
    if (token === '{' || token === '[') {
      const isEmpty = next === '}' || next === ']';
      if (!isEmpty) depth += 1;
      pretty += isEmpty ? token : token + lineBreak();
    } else if (token === '}' || token === ']') {
      const before = tokens[index - 1];
      if (before !== '{' && before !== '[') {
        depth -= 1;
        pretty += lineBreak();
      }
      pretty += token;
    } else if (token === ',') pretty += token + lineBreak();
    else if (token === ':') pretty += ': ';
    else pretty += token;
  }
  return pretty;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    // Most bodies that are not JSON are forms or text, and are shown as such.
    return false;
  }
}

/** Offset, bytes and characters, as `xxd` shows them. */
export function hexDump(bytes: Uint8Array): string {
  const shown = bytes.subarray(0, MAX_DUMPED_BYTES);
  const lines = Array.from({ length: Math.ceil(shown.byteLength / BYTES_A_LINE) }, (_, line) => {
    const part = [...shown.subarray(line * BYTES_A_LINE, (line + 1) * BYTES_A_LINE)];
    const hex = part.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const characters = part.map((byte) => (byte > 31 && byte < 127 ? String.fromCharCode(byte) : '.')).join('');
    return `${(line * BYTES_A_LINE).toString(16).padStart(8, '0')}  ${hex.padEnd(BYTES_A_LINE * 3 - 1)}  ${characters}`;
  });
  const rest = bytes.byteLength - shown.byteLength;
  return [...lines, ...(rest > 0 ? [`… and ${rest} bytes more`] : [])].join('\n');
}
