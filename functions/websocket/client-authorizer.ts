import { type ApiKey, covers, isApiKeyText, isExpired } from '../../core/access/api-key.ts';
import type { Client } from '../../core/clients/client.ts';
import { isTicketText } from '../../core/clients/ticket.ts';
import type { Destination } from '../../core/destinations/destination.ts';
import { type DestinationId, isId, type OrganizationId } from '../../core/ids.ts';
import { digestOf, type SecretDigest } from '../../core/secrets/secret-text.ts';
import type { TicketStore } from '../stores/clients/ticket-store.ts';
import type { ApiKeyStore } from '../stores/config/api-keys.ts';
import type { DestinationStore } from '../stores/config/destinations.ts';
import type { Proof } from './websocket-event.ts';

export interface ClientAuthorizerOptions {
  readonly tickets: Pick<TicketStore, 'take'>;
  readonly apiKeys: Pick<ApiKeyStore, 'get'>;
  readonly destinations: Pick<DestinationStore, 'get'>;
  /** Notes that a key was used; never fails. */
  readonly noteUse: (key: ApiKey) => Promise<void>;
  readonly now: () => number;
}

/** A client that may connect to its destination. */
export type AuthorizedClient = Pick<Client, 'destinationId' | 'keyDigest'>;

interface Credential extends AuthorizedClient {
  readonly organizationId: OrganizationId;
}

/**
 * Decides who may be a client of a destination. It accepts a ticket, or a key that covers `write`, because whatever a client
 * takes counts as delivered. The root key makes tickets but is refused here: it must never be sent where clients connect.
 */
export class ClientAuthorizer {
  readonly #options: ClientAuthorizerOptions;

  constructor(options: ClientAuthorizerOptions) {
    this.#options = options;
  }

  /** @returns `undefined` if the client is refused; the caller is not told why */
  async authorize({ ticket, key, destinationId }: Proof): Promise<AuthorizedClient | undefined> {
    const credential = ticket === undefined ? await this.#byKey(key, destinationId) : await this.#byTicket(ticket);
    if (!credential) return undefined;
    const destination = await this.#options.destinations.get(credential.destinationId);
    return destination && takesClients(destination, credential.organizationId) ? credential : undefined;
  }

  /** The ticket is used up, whatever the outcome. */
  async #byTicket(text: string): Promise<Credential | undefined> {
    const ticket = isTicketText(text) ? await this.#options.tickets.take(digestOf(text)) : undefined;
    if (!ticket || isExpired(ticket, this.#now)) return undefined;
    if (ticket.keyDigest !== null && !(await this.#validKey(ticket.keyDigest))) return undefined;
    return ticket;
  }

  async #byKey(text: string | undefined, destinationId: string | undefined): Promise<Credential | undefined> {
    if (text === undefined || !isApiKeyText(text)) return undefined;
    if (destinationId === undefined || !isId('dst', destinationId)) return undefined;
    const key = await this.#validKey(digestOf(text));
    if (!key || !covers(key.scope, 'write')) return undefined;
    await this.#options.noteUse(key);
    return credentialOf(key, destinationId);
  }

  async #validKey(digest: SecretDigest): Promise<ApiKey | undefined> {
    const key = await this.#options.apiKeys.get(digest);
    return key && !isExpired(key, this.#now) ? key : undefined;
  }

  get #now(): Date {
    return new Date(this.#options.now());
  }
}

function credentialOf({ organizationId, digest }: ApiKey, destinationId: DestinationId): Credential {
  return { organizationId, destinationId, keyDigest: digest };
}

/** A disabled destination takes clients too: what it holds is sent once it is enabled. */
function takesClients({ organizationId, target, archivedAt }: Destination, of: OrganizationId): boolean {
  return organizationId === of && target.type === 'websocket' && archivedAt === null;
}
