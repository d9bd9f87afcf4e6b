import * as z from 'zod';
import { type SealedConfig, sealedConfig } from '../destinations/destination.ts';
import { recordField } from '../fields/record-field.ts';
import { anyAuth } from './auth.ts';
import { http } from './http.ts';
import { type DestinationTypeName, definitionOf, destinationTypes } from './registry.ts';

/** Fields that some type of destination has, and others do not. */
export const typeFields = {
  ...http.fields,
  config: recordField(z.unknown()).meta({
    description: "Replaced as a whole; it has the fields that a create of the destination's type has.",
    examples: [{}],
  }),
  auth: anyAuth.nullable().meta({
    description: 'Replaced as a whole; of a kind that the type takes. `null`: none.',
    examples: [{ type: 'bearer', token: '3f7d0e5b9a1c4d2e' }],
  }),
};

/** What a change says of them. */
const typeChange = z.object(typeFields).partial();
export type TypeChange = z.output<typeof typeChange>;

/** The same by the rules of one type; the type itself never changes. */
const changeSchemas = new Map(
  destinationTypes.map(definitionOf).map(({ type, fields, config, auth }) => {
    const schema: z.ZodType = z.strictObject({ ...fields, config, auth }).partial();
    return [type, schema as z.ZodType<TypeChange>];
  }),
);

/** `undefined` where a change says nothing of such fields, and so needs not know the type. */
export function typeChangeOf(input: TypeChange): TypeChange | undefined {
  const given = Object.entries(input).filter(([name, value]) => name in typeFields && value !== undefined);
  return given.length > 0 ? Object.fromEntries(given) : undefined;
}

/** What a change of a destination of this type may say of them. */
export function typeChangeSchema(type: DestinationTypeName): z.ZodType<TypeChange> {
  return changeSchemas.get(type) ?? z.never();
}

/** What of a `config` is kept as it is, and what is sealed with the credentials. */
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
