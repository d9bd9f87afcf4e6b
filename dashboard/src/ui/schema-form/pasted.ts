import { fieldsIn } from './variants.ts';

/**
 * What a text has for the fields of a form, where it is a JSON object with at least two of them: the key file of a service account,
 * say, which nobody should have to take apart. `undefined` for any other text.
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
    // A text like any other, which stays where it is pasted.
    return undefined;
  }
}
