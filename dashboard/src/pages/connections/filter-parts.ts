import { fieldsIn } from '../../ui/schema-form/variants.ts';

type Filter = Readonly<Record<string, unknown>>;

/** The conditions of a filter, each a filter of its own: it lets an event through that each of them does. docs/filters.md */
export function partsOf(filter: Filter): Filter[] {
  return Object.entries(filter).flatMap(([name, given]): Filter[] => {
    const alone = [{ [name]: given }];
    switch (name) {
      case '$and':
        return Array.isArray(given) ? given.flatMap((one) => partsOf(fieldsIn(one) ?? {})) : alone;
      case 'headers':
      case 'query':
        return Object.entries(fieldsIn(given) ?? {}).map(([field, condition]) => ({ [name]: { [field]: condition } }));
      case 'body':
        return partsOfField(given).map((part) => ({ [name]: part }));
      default:
        return alone;
    }
  });
}

/** What a field is to be, or each of the fields below it. */
function partsOfField(given: unknown): unknown[] {
  const fields = Object.entries(fieldsIn(given) ?? {});
  const isCondition = fields.length === 0 || fields.some(([name]) => name.startsWith('$'));
  if (isCondition) return [given];
  return fields.flatMap(([name, below]) => partsOfField(below).map((part) => ({ [name]: part })));
}
