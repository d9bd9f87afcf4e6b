import { fieldsIn } from './variants.ts';

/**
 * The fields of a form that are in a pasted text, if that is a JSON object with at least two of them, such as the key file of a
 * service account. Users should not have to split it by hand. `undefined` for any other text.
 */
export function pastedFields(text: string, names: readonly string[]): Readonly<Record<string, unknown>> | undefined {
  const given = fieldsIn(parsed(text)) ?? {};
  const found = Object.entries(given).filter(([name]) => names.includes(name));
  return found.length < 2 ? undefined : Object.fromEntries(found);
}

function parsed(text: string): unknown {
  if (!text.trimStart().startsWith('{')) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    // An ordinary text, which stays where it was pasted.
    return undefined;
  }
}
