import type { EventId } from '../../core/ids.ts';

/** The event's page in the dashboard. */
export function eventUrl(publicUrl: string, id: EventId): string {
  return `${publicUrl}/events/${id}`;
}
