import { ApiError } from '../../../core/api-error.ts';
import type { DestinationId, OrganizationId, SourceId } from '../../../core/ids.ts';
import type { ConfigTable, Row, RowKey } from './config-table.ts';
import { type RowCondition, updateLive } from './live-row.ts';
import { retryOn } from './retry-on.ts';

/** Of several concurrent changes one always succeeds, so this many concurrent changes all do. */
const MAX_TRIES = 5;

/** The new value of an attribute depends on the old values of all attributes of its group. */
export type AttributeGroups = readonly (readonly string[])[];

/** A change that depends on what the row is. */
interface OptimisticChange {
  readonly key: RowKey;
  readonly organizationId: OrganizationId;
  readonly groups: AttributeGroups;
  /** @returns the new attributes; those that are `undefined` stay */
  readonly decide: (read: Row) => Promise<Row>;
}

/**
 * Decides anew if the attributes that it depends on were changed since they were read. That also happens if the SDK sends the
 * update twice because its response was lost: it then meets its own change, and makes the same one again.
 * @returns the row after the change; `undefined` when it is not there, deleted or another organization's
 * @throws ApiError CONFLICT, and what `decide` throws
 */
export async function updateOptimistically(
  table: ConfigTable,
  id: SourceId | DestinationId,
  { key, organizationId, groups, decide }: OptimisticChange,
): Promise<Row | undefined> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const read = await table.get(key);
    if (!read || read.deleted_at !== undefined || read.organization_id !== organizationId) return undefined;
    const attributes = await decide(read);
    const row = await updateLive(table, key, organizationId, attributes, asItWasRead(groups, read, attributes));
    if (row) return row;
  }
  throw changedMeanwhile(id);
}

/** The row has changed since it was read. A caller that does not retry lets the client know that it may. */
export class StaleRead extends ApiError {
  constructor(id: SourceId | DestinationId) {
    const { code, message, headers } = changedMeanwhile(id);
    super(code, message, { headers });
  }
}

/** @param work reads the row again each time @throws ApiError CONFLICT */
export function retryOnStaleRead<T>(work: () => Promise<T>): Promise<T> {
  return retryOn(work, StaleRead, MAX_TRIES);
}

/** The other change is done, so the same request may be sent again. */
export function changedMeanwhile(id: SourceId | DestinationId): ApiError {
  return new ApiError('CONFLICT', `${id} was changed by another request at the same time; read it and try again`, {
    headers: { 'retry-after': '1' },
  });
}

/**
 * The condition that what the new attributes depend on has not changed; `undefined` if they depend on nothing. It compares the
 * attributes themselves: two changes may have the same `updated_at`, and a new name is no reason to decide anew.
 */
function asItWasRead(groups: AttributeGroups, read: Row, attributes: Row): RowCondition | undefined {
  const isChanged = (name: string) => attributes[name] !== undefined;
  const names = groups.filter((group) => group.some(isChanged)).flat();
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
