import type { Row } from './config-table.ts';
import type { RowCondition } from './live-row.ts';

/**
 * Attributes of a destination that are decided by what they were, those of a group by all of it: no signature may stand in a header
 * that the credentials take, credentials are sealed as one, and a change of one field of the circuit breaker keeps the others.
 */
const DECIDED_TOGETHER: readonly (readonly string[])[] = [['signing', 'sealed_credentials'], ['circuit_breaker']];

/**
 * That what the new attributes were decided by is as it was read; `undefined` where nothing has decided them. By the attributes
 * themselves, as two changes may have one `updated_at`, and one of a name is nothing to decide again for.
 */
export function asItWasRead(read: Row, attributes: Row): RowCondition | undefined {
  const isChanged = (name: string) => attributes[name] !== undefined;
  const names = DECIDED_TOGETHER.filter((group) => group.some(isChanged)).flat();
  if (names.length === 0) return undefined;
  // An older row may lack one: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
  const [present, absent] = [names.filter((name) => name in read), names.filter((name) => !(name in read))];
  return {
    expression: [
      ...present.map((name) => `${name} = :read_${name}`),
      ...absent.map((name) => `attribute_not_exists(${name})`),
    ].join(' AND '),
    values: Object.fromEntries(present.map((name) => [`:read_${name}`, read[name]])),
  };
}
