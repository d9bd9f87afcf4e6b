import type { Circuit, Destination, Health, OverviewResponse } from '../../api/types.ts';

/** What the overview says about destinations: it covers all that are in use, in one answer. */
export type KnownHealth = Pick<OverviewResponse, 'window' | 'destinations' | 'unhealthy' | 'open_circuits'>;

const HOUR_MS = 3_600_000;
const windowMs: Readonly<Record<Health['window'], number>> = {
  '1h': HOUR_MS,
  '24h': 24 * HOUR_MS,
  '7d': 7 * 24 * HOUR_MS,
};

/** `undefined` if the overview does not say: for archived destinations, and for those it does not cover. */
export function healthOf(destination: Destination, known: KnownHealth, nowMs: number): Health['status'] | undefined {
  const found = known.unhealthy.find(({ destination_id }) => destination_id === destination.id);
  if (found) return found.status;
  if (!isCovered(destination, known)) return undefined;
  const lastMs = destination.last_delivery_at === null ? 0 : Date.parse(destination.last_delivery_at);
  return lastMs >= nowMs - windowMs[known.window] ? 'healthy' : 'unknown';
}

/** `undefined` in the same cases as for health. */
export function circuitOf(destination: Destination, known: KnownHealth): Circuit['state'] | undefined {
  const found = known.open_circuits.find(({ destination_id }) => destination_id === destination.id);
  if (found) return found.state;
  return isCovered(destination, known) ? 'closed' : undefined;
}

/** Whether something is wrong with it, or somebody has disabled it and may have forgotten. */
export function needsAttention(destination: Destination, { unhealthy, open_circuits }: KnownHealth): boolean {
  if (destination.archived_at !== null) return false;
  const isIts = ({ destination_id }: { destination_id: string }) => destination_id === destination.id;
  return !destination.enabled || unhealthy.some(isIts) || open_circuits.some(isIts);
}

/** If there are more than the overview covers, nobody knows whether it covers one that it does not name. */
function isCovered({ archived_at }: Destination, { destinations }: KnownHealth): boolean {
  return archived_at === null && !destinations.has_more;
}
