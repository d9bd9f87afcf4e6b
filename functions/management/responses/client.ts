import * as z from 'zod';
import type { Client } from '../../../core/clients/client.ts';
import { TICKET_SECONDS } from '../../../core/clients/ticket.ts';
import { isoTime } from '../../../core/iso-time.ts';
import type { NewTicket } from '../use-cases/tickets.ts';
import { timestamp } from './times.ts';

/** The clients of a WebSocket destination, and the tickets that let them connect. */

export const ticketResponse = z
  .object({
    ticket: z.string().meta({
      description: 'Lets one client connect, once.',
      examples: ['hwt_7hQv2LkPz0RbXw4mNcJs8TfYaGd1UeKo5ViHn9Bx3Ml'],
    }),
    url: z.string().meta({
      description: 'The URL to connect to, including the ticket.',
      examples: [
        'wss://a1b2c3.execute-api.us-east-1.amazonaws.com/live?ticket=hwt_7hQv2LkPz0RbXw4mNcJs8TfYaGd1UeKo5ViHn9Bx3Ml',
      ],
    }),
    expires_at: timestamp.meta({ description: `${TICKET_SECONDS} s after it was made.` }),
  })
  .meta({ id: 'Ticket' });

export function toTicketResponse({ ticket, url, expiresAt }: NewTicket): z.input<typeof ticketResponse> {
  return { ticket, url, expires_at: expiresAt };
}

export const clientsResponse = z
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

/** Those that have been connected longest come first. */
export function toClientsResponse(clients: readonly Client[]): z.input<typeof clientsResponse> {
  const inOrder = clients.toSorted((one, other) => one.connectedAtMs - other.connectedAtMs);
  return { clients: inOrder.map(({ id, connectedAtMs }) => ({ id, connected_at: isoTime(connectedAtMs) })) };
}
