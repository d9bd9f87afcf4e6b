import * as z from 'zod';
import { ApiError } from '../../core/api-error.ts';
import type { Client } from '../../core/clients/client.ts';
import { newTicketText, TICKET_SECONDS } from '../../core/clients/ticket.ts';
import type { Destination } from '../../core/destination.ts';
import { digestOf } from '../../core/secret-text.ts';
import { isoTime, timestamp } from './answers/times.ts';
import type { Holder } from './http/principal.ts';
import type { Services } from './services.ts';

export const ticketAnswer = z
  .object({
    ticket: z.string().meta({
      description: 'Lets one client connect, once.',
      examples: ['hwt_7hQv2LkPz0RbXw4mNcJs8TfYaGd1UeKo5ViHn9Bx3Ml'],
    }),
    url: z.string().meta({
      description: 'Where to connect to, the ticket included.',
      examples: [
        'wss://a1b2c3.execute-api.us-east-1.amazonaws.com/live?ticket=hwt_7hQv2LkPz0RbXw4mNcJs8TfYaGd1UeKo5ViHn9Bx3Ml',
      ],
    }),
    expires_at: timestamp.meta({ description: `${TICKET_SECONDS} s after it was made.` }),
  })
  .meta({ id: 'Ticket' });

export const clientsAnswer = z
  .object({
    clients: z.array(
      z
        .object({
          id: z.string().meta({ description: "API Gateway's id of the connection.", examples: ['Nx1QdeZ4oAMCJBg='] }),
          connected_at: timestamp,
        })
        .meta({ id: 'Client' }),
    ),
  })
  .meta({ id: 'Clients' });

/** A ticket for whoever has this key. @throws ApiError CONFLICT where nobody could connect with it */
export async function newTicket(
  { tickets, websocketUrl }: Pick<Services, 'tickets' | 'websocketUrl'>,
  destination: Destination,
  holder: Holder,
  now: Date,
): Promise<z.input<typeof ticketAnswer>> {
  const { id: destinationId, organizationId, target, archivedAt } = destination;
  if (target.type !== 'websocket') {
    throw new ApiError('CONFLICT', `${destinationId} is of the type ${target.type}; clients connect to websocket`);
  }
  if (archivedAt !== null) throw new ApiError('CONFLICT', `${destinationId} is archived, and takes no clients`);
  const ticket = newTicketText();
  const expiresAt = isoTime(now.getTime() + TICKET_SECONDS * 1000);
  const keyDigest = holder.kind === 'root' ? null : holder.key.digest;
  await tickets.create({ digest: digestOf(ticket), destinationId, organizationId, keyDigest, expiresAt });
  return { ticket, url: `${websocketUrl}?ticket=${ticket}`, expires_at: expiresAt };
}

/** The one that is connected for the longest time first. */
export function showClients(clients: readonly Client[]): z.input<typeof clientsAnswer> {
  const inOrder = clients.toSorted((one, other) => one.connectedAtMs - other.connectedAtMs);
  return { clients: inOrder.map(({ id, connectedAtMs }) => ({ id, connected_at: isoTime(connectedAtMs) })) };
}
