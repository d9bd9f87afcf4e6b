import * as z from 'zod';
import { defaultOrganization, type Organization } from '../../../core/access/organization.ts';
import { ApiError } from '../../../core/api-error.ts';
import { idSchema } from '../../../core/id-schema.ts';
import { newId, type OrganizationId } from '../../../core/ids.ts';
import { configTable } from '../tables.ts';
import { type ConfigPage, type ConfigPageRequest, type ConfigTable, indexPageKey, type Row } from './config-table.ts';
import { organizationKey, organizationNameKey, organizationsListKey } from './keys.ts';

const organizationRow = z.object({ id: idSchema('org'), name: z.string(), created_at: z.string() });
const organizationNameRow = z.object({ organization_id: idSchema('org') });

/** Organizations are never deleted: their events and secrets would have to be deleted with them. */
export class OrganizationStore {
  readonly #table: ConfigTable;

  constructor(table: ConfigTable) {
    this.#table = table;
  }

  /** @throws ApiError CONFLICT when the name is taken */
  async create(name: string, now: Date): Promise<Organization> {
    const taken = () => new ApiError('CONFLICT', `an organization named ${name} exists already`);
    if (name === defaultOrganization.name) throw taken();
    const organization: Organization = { id: newId('org', now.getTime()), name, createdAt: now.toISOString() };
    await this.#table.transact([
      {
        put: {
          Item: { ...organizationNameKey(name), organization_id: organization.id },
          ConditionExpression: 'attribute_not_exists(pk)',
        },
        refused: taken,
      },
      {
        put: {
          Item: {
            ...organizationKey(organization.id),
            list_key: organizationsListKey,
            id: organization.id,
            name,
            created_at: organization.createdAt,
          },
          ConditionExpression: 'attribute_not_exists(pk)',
        },
        refused: () => new Error(`the new id ${organization.id} is in use`),
      },
    ]);
    return organization;
  }

  async get(id: OrganizationId): Promise<Organization | undefined> {
    if (id === defaultOrganization.id) return defaultOrganization;
    const row = await this.#table.get(organizationKey(id));
    return row && parseOrganization(row);
  }

  async idOfName(name: string): Promise<OrganizationId | undefined> {
    if (name === defaultOrganization.name) return defaultOrganization.id;
    const row = await this.#table.get(organizationNameKey(name));
    return row && organizationNameRow.parse(row).organization_id;
  }

  /** Newest first; `default`, which has no row, comes last. */
  async list(request: ConfigPageRequest): Promise<ConfigPage<Organization>> {
    const page = await this.#table.indexPage(configTable.byOrganization, organizationsListKey, request);
    const items = page.items.map(parseOrganization);
    if (page.next) return { items, next: page.next };
    const last = page.items.at(-1);
    // This page has no room left for `default`, which alone makes the next one.
    if (last && items.length === request.limit) return { items, next: indexPageKey(configTable.byOrganization, last) };
    return { items: [...items, defaultOrganization] };
  }
}

function parseOrganization(row: Row): Organization {
  const { id, name, created_at } = organizationRow.parse(row);
  return { id, name, createdAt: created_at };
}
