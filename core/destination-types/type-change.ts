import * as z from 'zod';
import { type SealedConfig, sealedConfig } from '../destinations/destination.ts';
import { recordField } from '../fields/record-field.ts';
import { anyAuth } from './auth.ts';
import { http } from './http.ts';
import { type DestinationTypeName, definitionOf, destinationTypes } from './registry.ts';

/** Fields that only some types of destination have. */
export const typeFields = {
  ...http.fields,
  config: recordField(z.unknown()).meta({
    description: 'Replaced as a whole. Has the same fields as when a destination of this type is created.',
    examples: [{}],
  }),
  auth: anyAuth.nullable().meta({
    description: 'Replaced as a whole, by a kind that the type accepts. `null`: none.',
    examples: [{ type: 'bearer', token: '3f7d0e5b9a1c4d2e' }],
  }),
};

/** Changes to these fields. */
const typeChange = z.object(typeFields).partial();
export type TypeChange = z.output<typeof typeChange>;

/** The same, validated for one type; the type itself never changes. */
const changeSchemas = new Map(
  destinationTypes.map(definitionOf).map(({ type, fields, config, auth }) => {
    const schema: z.ZodType = z.strictObject({ ...fields, config, auth }).partial();
    return [type, schema as z.ZodType<TypeChange>];
  }),
);

/** Picks these fields from a change; `undefined` if it has none, so the type need not be known. */
export function typeChangeOf(input: TypeChange): TypeChange | undefined {
  const given = Object.entries(input).filter(([name, value]) => name in typeFields && value !== undefined);
  return given.length > 0 ? Object.fromEntries(given) : undefined;
}

/** Validates changes to these fields for one type of destination. */
export function typeChangeSchema(type: DestinationTypeName): z.ZodType<TypeChange> {
  return changeSchemas.get(type) ?? z.never();
}

/** Splits a `config` into the part stored in the open and the part sealed with the credentials. */
export function splitConfig(
  type: DestinationTypeName,
  config: Readonly<Record<string, unknown>>,
): { open: Record<string, unknown>; sealed: SealedConfig | undefined } {
  const isSealed = (name: string) => definitionOf(type).sealedConfig.includes(name);
  const entries = Object.entries(config);
  const sealed = entries.filter(([name]) => isSealed(name));
  return {
    open: Object.fromEntries(entries.filter(([name]) => !isSealed(name))),
    sealed: sealed.length > 0 ? sealedConfig.parse(Object.fromEntries(sealed)) : undefined,
  };
}
