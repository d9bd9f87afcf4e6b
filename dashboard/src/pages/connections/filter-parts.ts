import { fieldsIn } from '../../ui/schema-form/variants.ts';

export type Filter = Readonly<Record<string, unknown>>;

/** In the order in which filters are evaluated, whatever order they are written in: docs/filters.md */
const NAMES = ['event_type', 'method', 'path', 'headers', 'query', 'body', '$and', '$or', '$not'];

/**
 * The conditions of a filter, each as a filter of its own, in the order of evaluation. The filter lets an event through if all of
 * them do.
 */
export function partsOf(filter: Filter): Filter[] {
  const names = Object.keys(filter).sort((one, other) => NAMES.indexOf(one) - NAMES.indexOf(other));
  return names.flatMap((name): Filter[] => {
    const given = filter[name];
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

/** The conditions of one field, or of each of the fields below it. */
function partsOfField(given: unknown): unknown[] {
  const fields = Object.entries(fieldsIn(given) ?? {});
  const isCondition = fields.length === 0 || fields.some(([name]) => name.startsWith('$'));
  if (isCondition) return [given];
  return fields.flatMap(([name, below]) => partsOfField(below).map((part) => ({ [name]: part })));
}
