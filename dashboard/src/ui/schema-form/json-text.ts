/** A value as it is typed: JSON, or text as it is where text is taken and it is not mistaken for JSON. */
export function textOfValue(value: unknown, takesText: boolean): string {
  if (value === undefined) return '';
  return takesText && typeof value === 'string' && isPlain(value) ? value : JSON.stringify(value, null, 2);
}

/** The inverse. `undefined` for nothing. @throws SyntaxError for what is neither */
export function valueOfText(typed: string, takesText: boolean): unknown {
  const text = typed.trim();
  if (text === '') return undefined;
  return takesText && isPlain(text) ? text : JSON.parse(text);
}

/** A word that is no JSON by itself, which numbers and the three literals are. */
function isPlain(text: string): boolean {
  return /^[a-z][\w.$-]*$/i.test(text) && !['true', 'false', 'null'].includes(text);
}
