/** Enough to see what it is. Browsers are slow with megabytes of hex. */
const MAX_DUMPED_BYTES = 16_384;
/** Longer bodies are shown unformatted. */
const MAX_FORMATTED_CHARACTERS = 500_000;
/**
 * Also unformatted are bodies that formatting would make longer than this. Each level indents everything inside it, so 20 KB of
 * nested brackets would become 200 million characters.
 */
const MAX_PRETTY_CHARACTERS = 4 * MAX_FORMATTED_CHARACTERS;
const BYTES_A_LINE = 16;

export function bytesOf(text: string, encoding: 'utf8' | 'base64'): Uint8Array {
  return encoding === 'utf8'
    ? new TextEncoder().encode(text)
    : Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

type PrettyJson =
  | { readonly kind: 'pretty'; readonly text: string }
  /** It may or may not be JSON. */
  | { readonly kind: 'too_long' }
  | { readonly kind: 'not_json' };

/**
 * JSON with line breaks and indentation added to its text, not to its parsed values: numbers beyond 2^53, the order of names, and
 * duplicate names stay as received.
 */
export function prettyJson(text: string): PrettyJson {
  if (text.length > MAX_FORMATTED_CHARACTERS) return { kind: 'too_long' };
  if (!isJson(text)) return { kind: 'not_json' };
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
    if (pretty.length > MAX_PRETTY_CHARACTERS) return { kind: 'too_long' };
  }
  return { kind: 'pretty', text: pretty };
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
