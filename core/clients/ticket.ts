import type { DestinationId, OrganizationId } from '../ids.ts';
import { isSecretText, newSecretText, type SecretDigest } from '../secrets/secret-text.ts';

/**
 * Lets one client connect to one destination, once and within a minute. For browsers, whose WebSockets cannot set headers: the
 * credential goes into the URL, which may end up in logs.
 */
export interface Ticket {
  /** Digest of its text, which is shown once and never stored. */
  readonly digest: SecretDigest;
  readonly destinationId: DestinationId;
  readonly organizationId: OrganizationId;
  /** Digest of the key that created it; `null` for the root key. */
  readonly keyDigest: SecretDigest | null;
  /** ISO 8601, UTC. */
  readonly expiresAt: string;
}

/** Long enough for a page to connect, and too short for anyone who finds it in a log. */
export const TICKET_SECONDS = 60;

const PREFIX = 'hwt';

export function newTicketText(): string {
  return newSecretText(PREFIX);
}

export function isTicketText(text: string): boolean {
  return isSecretText(PREFIX, text);
}
