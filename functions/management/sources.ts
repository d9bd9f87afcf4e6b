import { notFound } from '../../core/api-error.ts';
import type { OrganizationId, SourceId } from '../../core/ids.ts';
import type { CreateSource, Source, UpdateSource } from '../../core/source.ts';
import { sealVerification } from '../shared/source-verification.ts';
import type { Principal } from './principal.ts';
import type { Services } from './services.ts';

/** The organization's own source. @throws ApiError RESOURCE_NOT_FOUND */
export async function ownSource(
  { sources }: Pick<Services, 'sources'>,
  { organizationId }: Pick<Principal, 'organizationId'>,
  id: SourceId,
): Promise<Source> {
  const source = await sources.get(id);
  if (source?.organizationId !== organizationId) throw notFound('Source', id);
  return source;
}

export function newSource(
  { sources, vault }: Pick<Services, 'sources' | 'vault'>,
  organizationId: OrganizationId,
  { verification, ...settings }: CreateSource,
  now: Date,
): Promise<Source> {
  return sources.create(
    organizationId,
    async (owner) => ({
      ...settings,
      verification: verification && (await sealVerification(vault, owner, verification)),
    }),
    now,
  );
}

/** @throws ApiError RESOURCE_NOT_FOUND */
export async function changeSource(
  services: Pick<Services, 'sources' | 'vault'>,
  organizationId: OrganizationId,
  id: SourceId,
  { verification, ...change }: UpdateSource,
  now: Date,
): Promise<Source> {
  const { sources, vault } = services;
  const kept = verification && (await sealVerification(vault, { id, organizationId }, verification));
  return sources.update(organizationId, id, { ...change, verification: kept }, now);
}
