import * as z from 'zod';
import { slugField } from '../fields/shared-fields.ts';
import { isId, type OrganizationId } from '../ids.ts';

/** The tenant: every row, key and query belongs to one. */
export interface Organization {
  readonly id: OrganizationId;
  /** Unique in the installation; the root key's holder may use it in place of the id. */
  readonly name: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
}

/** Exists from the first start without a row of its own. Its id is the UUIDv7 of the epoch's first millisecond, with no random bits. */
export const defaultOrganization: Organization = {
  id: organizationId('org_00000000000070008000000000000000'),
  name: 'default',
  createdAt: new Date(0).toISOString(),
};

export const createOrganization = z
  .strictObject({
    name: slugField.meta({
      description: 'Lower-case letters, digits and single hyphens; unique in the installation.',
      examples: ['team-blue'],
    }),
  })
  .meta({ id: 'CreateOrganization' });

export function isOrganizationName(value: string): boolean {
  return slugField.safeParse(value).success;
}

function organizationId(value: string): OrganizationId {
  if (!isId('org', value)) throw new TypeError(`${value} is not an organization id`);
  return value;
}
