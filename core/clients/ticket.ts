import type { DestinationId, OrganizationId } from '../ids.ts';
import { isSecretText, newSecretText, type SecretDigest } from '../secrets/secret-text.ts';

/**
 * Lets one client connect to one destination, once and soon: for browsers, whose WebSockets send no headers of their own, and
 * for URLs, which end up in logs.
 */
export interface Ticket {
  /** Of its text, which is shown once and kept nowhere. */
  readonly digest: SecretDigest;
  readonly destinationId: DestinationId;
  readonly organizationId: OrganizationId;
  /** Of the key that it was made with; `null` for the root key. */
  readonly keyDigest: SecretDigest | null;
  /** ISO 8601, UTC. */
  readonly expiresAt: string;
}

/** Long enough for a page to connect with it, too short to be found in a log. */
export const TICKET_SECONDS = 60;

const PREFIX = 'hwt';

export function newTicketText(): string {
  return newSecretText(PREFIX);
}

export function isTicketText(text: string): boolean {
  return isSecretText(PREFIX, text);
}
