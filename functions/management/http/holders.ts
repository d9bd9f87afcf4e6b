import { createHmac, timingSafeEqual } from 'node:crypto';
import { isApiKeyText, isExpired } from '../../../core/access/api-key.ts';
import {
  isSessionToken,
  newSessionToken,
  type Session,
  type SessionOpener,
  sessionEnd,
} from '../../../core/access/session.ts';
import { digestOf, type SecretDigest } from '../../../core/secrets/secret-text.ts';
import type { Services } from '../services.ts';
import type { Holder } from './principal.ts';
import type { RootKey } from './root-key.ts';

/** Who stands behind a key or a session: `undefined` if it never existed, has been revoked or ended, or has expired. */

type KeyServices = Pick<Services, 'rootKey' | 'apiKeys' | 'now'>;
type SessionServices = KeyServices & Pick<Services, 'sessions'>;

export async function holderOfKey(text: string, services: KeyServices): Promise<Holder | undefined> {
  if (await services.rootKey.isEqualTo(text)) return { kind: 'root' };
  return isApiKeyText(text) ? holderOfDigest(digestOf(text), services) : undefined;
}

async function holderOfDigest(digest: SecretDigest, { apiKeys, now }: KeyServices): Promise<Holder | undefined> {
  const key = await apiKeys.get(digest);
  return key && !isExpired(key, now()) ? { kind: 'api_key', key } : undefined;
}

/** A new session and its token, which is stored nowhere. */
export async function openSession(
  holder: Holder,
  { rootKey, sessions, now }: SessionServices,
): Promise<{ session: Session; token: string }> {
  const token = newSessionToken();
  const at = now();
  const session: Session = {
    digest: digestOf(token),
    opener: await openerOf(holder, rootKey, token),
    createdAt: at.toISOString(),
    expiresAt: sessionEnd(at, holder.kind === 'root' ? null : holder.key.expiresAt),
  };
  await sessions.create(session);
  return { session, token };
}

async function openerOf(holder: Holder, rootKey: RootKey, token: string): Promise<SessionOpener> {
  if (holder.kind === 'api_key') return { kind: 'api_key', digest: holder.key.digest };
  return { kind: 'root', proof: (await rootProof(rootKey, token)).toString('hex') };
}

export async function holderOfSession(
  token: string,
  services: SessionServices,
): Promise<{ holder: Holder; session: Session } | undefined> {
  const session = isSessionToken(token) ? await services.sessions.get(digestOf(token)) : undefined;
  if (!session || isExpired(session, services.now())) return undefined;
  const holder = await holderOfOpener(session.opener, token, services);
  return holder && { holder, session };
}

async function holderOfOpener(
  opener: SessionOpener,
  token: string,
  services: KeyServices,
): Promise<Holder | undefined> {
  if (opener.kind === 'api_key') return holderOfDigest(opener.digest, services);
  const proof = Buffer.from(opener.proof, 'hex');
  const expected = await rootProof(services.rootKey, token);
  return proof.byteLength === expected.byteLength && timingSafeEqual(proof, expected) ? { kind: 'root' } : undefined;
}

/**
 * Another root key makes another proof, so rotating the root key ends its sessions. A digest of the root key would do that too,
 * but whoever can read the table could test guesses against it, as a person may have chosen the key. The proof reveals nothing
 * to those who don't have the token.
 */
async function rootProof(rootKey: RootKey, token: string): Promise<Buffer> {
  return createHmac('sha256', await rootKey.derive('hawser session v1'))
    .update(token)
    .digest();
}
