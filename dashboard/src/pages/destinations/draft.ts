import type { Template } from '../../api/types.ts';
import type { NamedField } from '../../ui/schema-form/schema.ts';

/** What is chosen: a type, or the template of a service. */
export type Choice =
  | { readonly kind: 'type'; readonly type: string }
  | { readonly kind: 'template'; readonly template: Template };

/** A choice and its fields. */
export interface ChosenFields {
  readonly choice: Choice;
  /** Every field of a request that creates a destination of the type. */
  readonly fields: readonly NamedField[];
}

export type Values = Readonly<Record<string, unknown>>;

/**
 * Everything typed on the page, keyed by the slot of its field. It includes what was typed for earlier choices. If the API
 * describes a name in the same way for several types, it is one field for all of them. A field of only one choice waits until
 * that is chosen again.
 */
export type Draft = Values;

/**
 * Fields that each template keeps to itself. Credentials typed for one receiver must not go to another unseen, because the form
 * has them folded away. Variables of the same name in two templates are different keys.
 */
const OF_ONE_RECEIVER = ['template_variables', 'url', 'method', 'headers', 'config', 'auth', 'secret', 'signing'];

function slotOf(choice: Choice, { name, schema }: NamedField): string {
  return choice.kind === 'template' && OF_ONE_RECEIVER.includes(name)
    ? `${name} of ${choice.template.id}`
    : `${name} ${JSON.stringify(schema)}`;
}

/** What has been typed for these fields. */
export function valuesFor(draft: Draft, { choice, fields }: ChosenFields): Values {
  return given(fields.map((field) => [field.name, draft[slotOf(choice, field)]]));
}

export function withValues(draft: Draft, { choice, fields }: ChosenFields, values: Values): Draft {
  const changed = fields.map((field) => [slotOf(choice, field), values[field.name]] as const);
  return given([...Object.entries(draft), ...changed]);
}

/**
 * Takes the URL along if the next choice has none yet and accepts it: somebody may paste a service's URL before finding its
 * template.
 */
export function carryUrlOver(draft: Draft, left: ChosenFields, next: ChosenFields): Draft {
  const { url } = valuesFor(draft, left);
  const there = valuesFor(draft, next);
  if (typeof url !== 'string' || there.url !== undefined || !acceptsUrl(next.choice, url)) return draft;
  return withValues(draft, next, { ...there, url });
}

function acceptsUrl(choice: Choice, url: string): boolean {
  return choice.kind === 'type' || new RegExp(choice.template.url.pattern).test(url);
}

function given(entries: readonly (readonly [name: string, value: unknown])[]): Values {
  // Of two entries with the same name the last counts, even if it removes the value.
  return Object.fromEntries(Object.entries(Object.fromEntries(entries)).filter(([, value]) => value !== undefined));
}
