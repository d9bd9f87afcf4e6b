import { ApiError } from '../../../core/api-error.ts';
import { newTicketText, TICKET_SECONDS } from '../../../core/clients/ticket.ts';
import type { Destination } from '../../../core/destinations/destination.ts';
import { isoTime } from '../../../core/iso-time.ts';
import { digestOf } from '../../../core/secrets/secret-text.ts';
import type { Holder } from '../http/principal.ts';
import type { Services } from '../services.ts';

/** A ticket with its text, which is not stored anywhere. */
export interface NewTicket {
  readonly ticket: string;
  /** Where the client connects, with the ticket in it. */
  readonly url: string;
  readonly expiresAt: string;
}

/** Makes a ticket for the holder of this key. @throws ApiError CONFLICT where nobody could connect with it */
export async function newTicket(
  { tickets, websocketUrl }: Pick<Services, 'tickets' | 'websocketUrl'>,
  destination: Destination,
  holder: Holder,
  now: Date,
): Promise<NewTicket> {
  const { id: destinationId, organizationId, target, archivedAt } = destination;
  if (target.type !== 'websocket') {
    throw new ApiError('CONFLICT', `${destinationId} is of the type ${target.type}; clients connect to websocket`);
  }
  if (archivedAt !== null) throw new ApiError('CONFLICT', `${destinationId} is archived, and takes no clients`);
  const ticket = newTicketText();
  const expiresAt = isoTime(now.getTime() + TICKET_SECONDS * 1000);
  const keyDigest = holder.kind === 'root' ? null : holder.key.digest;
  await tickets.create({ digest: digestOf(ticket), destinationId, organizationId, keyDigest, expiresAt });
  return { ticket, url: `${websocketUrl}?ticket=${ticket}`, expiresAt };
}
