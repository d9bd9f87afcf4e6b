import { type Definitions, type NamedField, resolve, type Schema, shapeOf } from '../../ui/schema-form/schema.ts';
import type { Choice } from './draft.ts';
import { namedAfter } from './types.ts';

/** A template has its own defaults for most fields, and the URL of many services. So the API itself requires no URL. */
export function isRequiredBy(choice: Choice, { name, isRequired }: NamedField): boolean {
  if (name === 'url') return choice.kind === 'type' || choice.template.url.prefilled === null;
  return choice.kind === 'type' && isRequired;
}

/** A template restricts the URL to that of its service, and has its own name, method and signature. */
export function adaptSchema(choice: Choice, { name, schema }: NamedField, definitions: Definitions): Schema {
  if (name === 'name') return adaptNameSchema(choice, resolve(schema, definitions));
  if (choice.kind === 'type') return schema;
  const { url, method, signing } = choice.template;
  if (name === 'signing') return { ...schema, default: signing.scheme };
  if (name === 'method') {
    const { shape } = shapeOf(schema, definitions);
    // Not `null`, the sender's own method: a service accepts only its own.
    return shape.kind === 'choice' ? { enum: shape.values, default: method } : schema;
  }
  if (name !== 'url') return schema;
  const unset = url.prefilled === null ? '' : ' Empty: the template’s own.';
  return { ...schema, description: `${toSentence(url.pattern_in_words)}${unset}`, examples: [url.example] };
}

/** Says what it is called if nothing is typed. An example would be taken for that. */
function adaptNameSchema(choice: Choice, schema: Schema): Schema {
  const unnamed = choice.kind === 'type' ? namedAfter[choice.type] : choice.template.name;
  const description = [schema.description, unnamed && `Empty: ${unnamed}.`].filter(Boolean).join(' ');
  return { ...schema, description, examples: choice.kind === 'type' ? [] : [choice.template.name] };
}

export function toSentence(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}${words.endsWith('…') ? '' : '.'}`;
}

export function isPrimary(choice: Choice, { name, isRequired }: NamedField): boolean {
  return isRequired || name === 'name' || (choice.kind === 'type' && name === 'auth');
}
