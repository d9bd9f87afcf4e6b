import type { Template } from '../../api/types.ts';
import type { NamedField } from '../../ui/schema-form/schema.ts';

/** What is chosen: a type, or the template of a service. */
export type Choice =
  | { readonly kind: 'type'; readonly type: string }
  | { readonly kind: 'template'; readonly template: Template };

/** What is asked for where that is chosen. */
export interface Asked {
  readonly choice: Choice;
  /** Every field of a request that creates one of the type. */
  readonly fields: readonly NamedField[];
}

export type Values = Readonly<Record<string, unknown>>;

/**
 * All that has been typed on the page, also for what is not chosen any more, by the slot of its field. A name that the API describes
 * alike for several types is one field of them all; what only one choice has waits until that is chosen again.
 */
export type Draft = Values;

/**
 * What a template keeps to itself. Credentials that were typed for one receiver must not go to another unseen, and its form has
 * them folded away; variables of the same name in two templates are different keys.
 */
const OF_ONE_RECEIVER = ['template_variables', 'url', 'method', 'headers', 'config', 'auth', 'secret', 'signing'];

function slotOf(choice: Choice, { name, schema }: NamedField): string {
  return choice.kind === 'template' && OF_ONE_RECEIVER.includes(name)
    ? `${name} of ${choice.template.id}`
    : `${name} ${JSON.stringify(schema)}`;
}

/** What has been typed for these fields. */
export function valuesIn(draft: Draft, { choice, fields }: Asked): Values {
  return given(fields.map((field) => [field.name, draft[slotOf(choice, field)]]));
}

export function withValues(draft: Draft, { choice, fields }: Asked, values: Values): Draft {
  const changed = fields.map((field) => [slotOf(choice, field), values[field.name]] as const);
  return given([...Object.entries(draft), ...changed]);
}

/** A URL goes along to what has none yet and takes it: whoever has pasted that of a service may then find its template. */
export function withUrl(draft: Draft, left: Asked, next: Asked): Draft {
  const { url } = valuesIn(draft, left);
  const there = valuesIn(draft, next);
  if (typeof url !== 'string' || there.url !== undefined || !takes(next.choice, url)) return draft;
  return withValues(draft, next, { ...there, url });
}

function takes(choice: Choice, url: string): boolean {
  return choice.kind === 'type' || new RegExp(choice.template.url.pattern).test(url);
}

function given(entries: readonly (readonly [name: string, value: unknown])[]): Values {
  // Of two entries of a name the last one counts, also where it takes the value away.
  return Object.fromEntries(Object.entries(Object.fromEntries(entries)).filter(([, value]) => value !== undefined));
}
