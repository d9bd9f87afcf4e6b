import { ApiError } from '../../../core/api-error.ts';
import type { DestinationId, OrganizationId, SourceId } from '../../../core/ids.ts';
import type { ConfigTable, Row, RowKey } from './config-table.ts';
import { doingAgain } from './doing-again.ts';
import { type RowCondition, updateLive } from './live-row.ts';

/** One of several changes at the same time is always made, so that as many as this are all made. */
const MAX_DECISIONS = 5;

/** Groups of attributes; those of a group are decided by what all of it was. */
export type DecidedTogether = readonly (readonly string[])[];

/** A change of a row by what the row is. */
interface DecidedChange {
  readonly key: RowKey;
  readonly organizationId: OrganizationId;
  readonly groups: DecidedTogether;
  /** @returns the attributes that it comes to; those that are `undefined` stay */
  readonly decide: (read: Row) => Promise<Row>;
}

/**
 * Where another change comes in between of what it was decided by, it is decided again. So is one that the SDK has sent twice, as
 * its answer was lost: it meets what itself has made, and comes to the same.
 * @returns the row as it is then; `undefined` when it is not there, deleted or another organization's
 * @throws ApiError CONFLICT, and what `decide` throws
 */
export async function updateDecided(
  table: ConfigTable,
  id: SourceId | DestinationId,
  { key, organizationId, groups, decide }: DecidedChange,
): Promise<Row | undefined> {
  for (let decisions = 0; decisions < MAX_DECISIONS; decisions++) {
    const read = await table.get(key);
    if (!read || read.deleted_at !== undefined || read.organization_id !== organizationId) return undefined;
    const attributes = await decide(read);
    const row = await updateLive(table, key, organizationId, attributes, asItWasRead(groups, read, attributes));
    if (row) return row;
  }
  throw changedMeanwhile(id);
}

/** Of a row that is not as it was read: what was decided by it is decided again. Whoever does not is told to try again. */
export class ReadAgain extends ApiError {
  constructor(id: SourceId | DestinationId) {
    const { code, message, headers } = changedMeanwhile(id);
    super(code, message, { headers });
  }
}

/** Does what is decided by a row, from the reading of it, again where another change of it came in between. @throws ApiError CONFLICT */
export function decidingAgain<T>(work: () => Promise<T>): Promise<T> {
  return doingAgain(work, ReadAgain, MAX_DECISIONS);
}

/** What came in between is over: the same request may be sent again. */
export function changedMeanwhile(id: SourceId | DestinationId): ApiError {
  return new ApiError('CONFLICT', `${id} was changed by another request at the same time; read it and try again`, {
    headers: { 'retry-after': '1' },
  });
}

/**
 * That what the new attributes were decided by is as it was read; `undefined` where nothing has decided them. By the attributes
 * themselves, as two changes may have one `updated_at`, and one of a name is nothing to decide again for.
 */
function asItWasRead(groups: DecidedTogether, read: Row, attributes: Row): RowCondition | undefined {
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
