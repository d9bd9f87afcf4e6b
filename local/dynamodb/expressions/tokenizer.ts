export type TokenKind = 'identifier' | 'keyword' | 'name' | 'value' | 'number' | 'symbol' | 'unknown' | 'end';

export interface Token {
  readonly kind: TokenKind;
  /** As written; `<EOF>` at the end. */
  readonly text: string;
  /** Keywords in upper case, everything else as written. */
  readonly id: string;
  readonly start: number;
  readonly end: number;
}

const KEYWORDS: ReadonlySet<string> = new Set(['AND', 'OR', 'NOT', 'BETWEEN', 'IN', 'SET', 'REMOVE', 'ADD', 'DELETE']);

/** In the order of the alternatives: blanks, identifier, #name, :value, number, symbol, anything else. */
const TOKEN =
  /([ \t\r\n\f]+)|([A-Za-z][A-Za-z0-9_]*)|(#[A-Za-z0-9_]+)|(:[A-Za-z0-9_]+)|(0|[1-9][0-9]*)|(<>|<=|>=|[=<>()[\].,+-])|(.)/suy;

/** Never fails. Anything that is not a token becomes one of kind `unknown`, which the parser refuses when it gets there. */
export function tokenize(expression: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(expression); match; match = TOKEN.exec(expression)) {
    const [text, blanks, identifier, name, value, number, symbol] = match;
    if (blanks !== undefined) continue;
    const upper = identifier?.toUpperCase();
    const isKeyword = upper !== undefined && KEYWORDS.has(upper);
    let kind: TokenKind = 'unknown';
    if (isKeyword) kind = 'keyword';
    else if (identifier !== undefined) kind = 'identifier';
    else if (name !== undefined) kind = 'name';
    else if (value !== undefined) kind = 'value';
    else if (number !== undefined) kind = 'number';
    else if (symbol !== undefined) kind = 'symbol';
    tokens.push({ kind, text, id: isKeyword ? upper : text, start: match.index, end: match.index + text.length });
  }
  tokens.push({ kind: 'end', text: '<EOF>', id: '<EOF>', start: expression.length, end: expression.length });
  return tokens;
}
