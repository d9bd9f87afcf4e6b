type Values = Readonly<Record<string, unknown>>;

/** The values that differ from before; `undefined` for one that was removed. */
export function editsOf(before: Values, after: Values): Values {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return Object.fromEntries(
    names.filter((name) => !isSame(before[name], after[name])).map((name) => [name, after[name]] as const),
  );
}

/** What is sent. A field that is left out keeps its value. */
export function changesOf(before: Values, after: Values): Values {
  return Object.fromEntries(Object.entries(editsOf(before, after)).filter(([, value]) => value !== undefined));
}

/** Compares by value, ignoring the order of fields: typing something and undoing it is not a change. */
function isSame(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const [ones, others] = [one as Values, other as Values];
  const names = Object.keys(ones);
  return (
    names.length === Object.keys(others).length &&
    names.every((name) => Object.hasOwn(others, name) && isSame(ones[name], others[name]))
  );
}
