import type { Source, StoredVerification } from '../../core/ingest/source.ts';
import { maskVerification, type Verification, verifierOf } from '../../core/verification/registry.ts';
import type { Verifier } from '../../core/verification/scheme.ts';
import type { CredentialVault } from './credentials.ts';

type SourceOwner = Pick<Source, 'id' | 'organizationId'>;

export async function sealVerification(
  vault: CredentialVault,
  { id, organizationId }: SourceOwner,
  verification: Verification,
): Promise<StoredVerification> {
  return {
    sealed: await vault.seal({ organizationId, resourceId: id }, JSON.stringify(verification)),
    shown: maskVerification(verification),
  };
}

/**
 * Returns the verifier of a source's requests, or `undefined` if it has no verification. The vault caches opened secrets,
 * so only the first call goes to KMS.
 */
export async function openVerifier(
  vault: CredentialVault,
  { id, organizationId, verification }: SourceOwner & Pick<Source, 'verification'>,
): Promise<Verifier | undefined> {
  if (!verification) return undefined;
  const plaintext = await vault.open({ organizationId, resourceId: id }, verification.sealed);
  return verifierOf(JSON.parse(plaintext));
}
