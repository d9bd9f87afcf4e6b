import { formatInteger } from '../../../core/format-integer.ts';
import type { JsonSchema } from '../openapi/types.ts';
import { Html, html, inline } from './html.ts';

/** The fields of an object, or of a set of parameters. */
export interface Field {
  readonly name: string;
  readonly schema: JsonSchema;
  readonly required: boolean;
  readonly description?: string | undefined;
}

export function fieldsOf({ properties = {}, required = [] }: JsonSchema): Field[] {
  return Object.entries(properties).flatMap(([name, schema]) =>
    typeof schema === 'object'
      ? [{ name, schema, required: required.includes(name), description: schema.description }]
      : [],
  );
}

/** @param note shown beside a required field, where that is worth saying */
export function fieldTable(fields: readonly Field[], note?: string): Html {
  if (fields.length === 0) return new Html('');
  const rows = fields.map(
    ({ name, schema, required, description = '' }) =>
      html`<tr><th scope="row"><code>${name}</code>${required && note ? html` <em>${note}</em>` : ''}</th><td><span class="type">${typeOf(schema)}</span>${limitsOf(schema)}<div>${inline(description)}</div></td></tr>`,
  );
  return html`<table class="fields"><tbody>${rows}</tbody></table>`;
}

/** Describes what a value may be. A named schema is shown as a link. */
export function typeOf(schema: JsonSchema): Html {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.split('/').at(-1) ?? '';
    return html`<a href="#schema-${name}">${name}</a>`;
  }
  const options = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];
  if (options.length > 0) return joined(options.map(typeOf), ' or ');
  if (schema.const !== undefined) return html`<code>${JSON.stringify(schema.const)}</code>`;
  if (schema.enum)
    return joined(
      schema.enum.map((value) => html`<code>${String(value)}</code>`),
      ' ',
    );
  if (schema.type === 'array' && typeof schema.items === 'object' && !Array.isArray(schema.items)) {
    return html`list of ${typeOf(schema.items)}`;
  }
  if (schema.properties) {
    return html`object: ${joined(
      fieldsOf(schema).map((field) => html`<code>${field.name}</code> ${typeOf(field.schema)}`),
      ', ',
    )}`;
  }
  if (schema.type === 'object' && typeof schema.additionalProperties === 'object') {
    return html`object of ${typeOf(schema.additionalProperties)}`;
  }
  return html`${[schema.type ?? 'any'].flat().join(' or ')}${schema.format ? ` (${schema.format})` : ''}`;
}

function joined(parts: readonly Html[], separator: string): Html {
  return new Html(parts.map(({ text }) => text).join(separator));
}

/** Bounds and default of the value, or, if it may be null, of the value when it is not null. */
function limitsOf(schema: JsonSchema): Html {
  const bounded = [schema, ...(schema.anyOf ?? [])].find((option) => boundsOf(option) !== '');
  const bounds = bounded ? boundsOf(bounded) : '';
  const preset = schema.default === undefined ? '' : `default ${JSON.stringify(schema.default)}`;
  return html`${[bounds, preset].filter(Boolean).map((text) => html` <span class="limit">${text}</span>`)}`;
}

function boundsOf({ minimum, maximum, minLength, maxLength, minItems, maxItems, pattern }: JsonSchema): string {
  if (pattern?.startsWith('^') && /^\^[a-z]{3}_\[0-9a-f\]/.test(pattern)) return `${pattern.slice(1, 5)}…`;
  const range = (from: number | undefined, to: number | undefined, unit: string) =>
    to === undefined ? '' : `${from ?? 0}–${formatInteger(to)}${unit}`;
  return (
    range(minimum, maximum, '') || range(minLength, maxLength, ' characters') || range(minItems, maxItems, ' items')
  );
}
