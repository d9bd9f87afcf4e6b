import * as z from 'zod';
import { notFound } from '../../../core/api-error.ts';
import { deduplicationField } from '../../../core/deduplication.ts';
import { idSchema } from '../../../core/id-schema.ts';
import { newId, type OrganizationId, type SourceId, type Tag } from '../../../core/ids.ts';
import { ingestResponse, responseOf, showResponse } from '../../../core/ingest-response.ts';
import type { KeptVerification, Source, SourceChange, SourceSettings } from '../../../core/source.ts';
import { type ShownVerification, shownVerification } from '../../../core/verification/registry.ts';
import { changeExpression } from '../expressions.ts';
import { configTable } from '../tables.ts';
import type { ConfigPage, ConfigPageRequest, ConfigTable, Row, Step } from './config-table.ts';
import { ConnectionsChanged, disconnectSteps, type Tombstone } from './connection-steps.ts';
import { connectionsOfSource } from './connections.ts';
import { deleteWithConnections } from './deletion.ts';
import { textFilter } from './expressions.ts';
import { listKey, sourceKey } from './keys.ts';
import { updateLive } from './live-row.ts';
import { reserveSourceTag, type SourceOwner, sourceOfTag, withFreshTag } from './tags.ts';

const sourceAttributes = z.object({
  id: idSchema('src'),
  organization_id: idSchema('org'),
  name: z.string(),
  description: z.string().nullable(),
  response: ingestResponse.nullable().default(null),
  sealed_verification: z.instanceof(Uint8Array).nullable().default(null),
  shown_verification: shownVerification.nullable().default(null),
  deduplication: deduplicationField.nullable().default(null),
  created_at: z.string(),
  updated_at: z.string(),
});

const sourceRow = sourceAttributes.transform(
  (row): Source => ({
    id: row.id,
    organizationId: row.organization_id,
    name: row.name,
    description: row.description,
    response: row.response && responseOf(row.response),
    verification: verificationOf(row.sealed_verification, row.shown_verification),
    deduplication: row.deduplication,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }),
);

/** What history needs to know of a source, deleted or not. */
export interface PastSource extends SourceOwner {
  /** None once it is deleted. */
  readonly verification: Pick<KeptVerification, 'shown'> | null;
}

const pastSourceRow = sourceAttributes.pick({ id: true, organization_id: true, shown_verification: true }).transform(
  ({ id, organization_id: organizationId, shown_verification: shown }): PastSource => ({
    id,
    organizationId,
    verification: shown && { shown },
  }),
);

/** @throws Error for half a verification: without it the source would take what it must refuse */
function verificationOf(sealed: Uint8Array | null, shown: ShownVerification | null): Source['verification'] {
  if (sealed && shown) return { sealed, shown };
  if (sealed || shown) throw new Error('a source row has half a verification');
  return null;
}

const deletionRow = z.object({
  organization_id: z.string(),
  deleted_at: z.string().optional(),
  connection_revision: z.number(),
});

export class SourceStore {
  readonly #table: ConfigTable;

  constructor(table: ConfigTable) {
    this.#table = table;
  }

  /** `undefined` for an unknown or deleted source. */
  async get(id: SourceId): Promise<Source | undefined> {
    const row = await this.#table.get(sourceKey(id));
    return row && row.deleted_at === undefined ? sourceRow.parse(row) : undefined;
  }

  /** Also after it is deleted, for as long as there may be events of it. */
  async ever(id: SourceId): Promise<PastSource | undefined> {
    const row = await this.#table.get(sourceKey(id));
    return row && pastSourceRow.parse(row);
  }

  /** The source of an event id's tag, also after it is deleted. */
  ofTag(tag: Tag): Promise<SourceOwner | undefined> {
    return sourceOfTag(this.#table, tag);
  }

  /** Newest first. @param search anywhere in the name, in any case */
  async list(organizationId: OrganizationId, request: ConfigPageRequest, search?: string): Promise<ConfigPage<Source>> {
    const key = listKey(organizationId, 'source');
    const keep = search === undefined ? undefined : textFilter(search, ['name']);
    const page = await this.#table.indexPage(configTable.byOrganization, key, request, keep);
    return { ...page, items: page.items.map((row) => sourceRow.parse(row)) };
  }

  /** @param settingsOf the source that is to have them, whose id it is encrypted for */
  create(
    organizationId: OrganizationId,
    settingsOf: (owner: SourceOwner) => Promise<SourceSettings>,
    now: Date,
  ): Promise<Source> {
    const createdAt = now.toISOString();
    return withFreshTag(async () => {
      const owner = { id: newId('src', now.getTime()), organizationId };
      const source: Source = { ...owner, ...(await settingsOf(owner)), createdAt, updatedAt: createdAt };
      await this.#table.transact([putSource(source), reserveSourceTag(source)]);
      return source;
    });
  }

  /** @throws ApiError RESOURCE_NOT_FOUND */
  async update(organizationId: OrganizationId, id: SourceId, change: SourceChange, now: Date): Promise<Source> {
    const attributes = { ...changeAttributes(change), updated_at: now.toISOString() };
    const row = await updateLive(this.#table, sourceKey(id), organizationId, attributes);
    if (!row) throw notFound('Source', id);
    return sourceRow.parse(row);
  }

  /**
   * Leaves a tombstone and takes its connections with it. Deliveries that it has made already go on.
   * @throws ApiError RESOURCE_NOT_FOUND, CONFLICT
   */
  delete(organizationId: OrganizationId, id: SourceId, grave: Tombstone): Promise<void> {
    return deleteWithConnections(this.#table, async () => {
      const { data: row } = deletionRow.safeParse(await this.#table.get(sourceKey(id)));
      if (row?.organization_id !== organizationId || row.deleted_at !== undefined) throw notFound('Source', id);
      const connections = await connectionsOfSource(this.#table, id);
      return {
        removals: connections.map((connection) => disconnectSteps(connection, grave)),
        bury: burySource(id, row.connection_revision, grave),
      };
    });
  }
}

function changeAttributes({ name, description, response, verification, deduplication }: SourceChange): Row {
  return {
    name,
    description,
    response: response && showResponse(response),
    sealed_verification: verification === null ? null : verification?.sealed,
    shown_verification: verification === null ? null : verification?.shown,
    deduplication,
  };
}

function putSource({ id, organizationId, createdAt, updatedAt, ...settings }: Source): Step {
  return {
    put: {
      Item: {
        ...sourceKey(id),
        list_key: listKey(organizationId, 'source'),
        id,
        organization_id: organizationId,
        ...changeAttributes(settings),
        connection_revision: 0,
        created_at: createdAt,
        updated_at: updatedAt,
      },
      ConditionExpression: 'attribute_not_exists(pk)',
    },
    refused: () => new Error(`the new id ${id} is in use`),
  };
}

/** A tombstone is in no list and has no secrets. A connection that was made since the connections were read has raised the revision. */
function burySource(id: SourceId, connectionRevision: number, grave: Tombstone): Step {
  const expression = changeExpression(grave, ['list_key', 'sealed_verification', 'shown_verification']);
  return {
    update: {
      Key: sourceKey(id),
      ...expression,
      ConditionExpression: 'connection_revision = :revision AND attribute_not_exists(deleted_at)',
      ExpressionAttributeValues: { ...expression.ExpressionAttributeValues, ':revision': connectionRevision },
    },
    refused: () => new ConnectionsChanged(id),
  };
}
