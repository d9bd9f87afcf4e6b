import { notFound, validationFailed } from '../../../core/api-error.ts';
import type { OrganizationId, SourceId } from '../../../core/ids.ts';
import type { CreateSource, Source, UpdateSource } from '../../../core/ingest/source.ts';
import { namesEvents, type Verification } from '../../../core/verification/registry.ts';
import { sealVerification } from '../../shared/source-verification.ts';
import type { Principal } from '../http/principal.ts';
import type { Services } from '../services.ts';

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

/** @throws ApiError VALIDATION_FAILED */
export async function newSource(
  { sources, vault }: Pick<Services, 'sources' | 'vault'>,
  organizationId: OrganizationId,
  { verification, ...settings }: CreateSource,
  now: Date,
): Promise<Source> {
  checkDeduplication(settings.deduplication, verification);
  return sources.create(
    organizationId,
    async (owner) => ({
      ...settings,
      verification: verification && (await sealVerification(vault, owner, verification)),
    }),
    now,
  );
}

/** @throws ApiError RESOURCE_NOT_FOUND, VALIDATION_FAILED, CONFLICT */
export async function changeSource(
  { sources, vault }: Pick<Services, 'sources' | 'vault'>,
  organizationId: OrganizationId,
  id: SourceId,
  { verification, ...change }: UpdateSource,
  now: Date,
): Promise<Source> {
  if (verification === undefined && change.deduplication === undefined)
    return sources.update(organizationId, id, change, now);
  const decide = async (current: Source) => {
    checkDeduplication(
      change.deduplication === undefined ? current.deduplication : change.deduplication,
      verification === undefined ? (current.verification?.shown ?? null) : verification,
    );
    return { ...change, verification: verification && (await sealVerification(vault, current, verification)) };
  };
  return sources.updateBy(organizationId, id, decide, now);
}

/** Event ids come from the provider. If the provider has none, no duplicate would ever be recognized. */
function checkDeduplication(
  deduplication: Source['deduplication'],
  verification: Pick<Verification, 'type'> | null,
): void {
  if (deduplication?.by !== 'event_id' || (verification && namesEvents(verification))) return;
  throw validationFailed('deduplication.by', 'event_id needs a verification by a provider that has event ids');
}
