/**
 * Keys and indexes of the tables: the storage construct creates them from here, the repositories use them.
 *
 * Writes are the price of a webhook gateway ($0.625 per million units), so neither events nor successful deliveries are in
 * any index: their ids carry what is needed to find them (see core/ids.ts), and both indexes on deliveries are sparse.
 */

/** One row an event. An event's id ends in its source's tag, so the id alone leads to the key. */
export const eventsTable = { partitionKey: 'source_id', sortKey: 'id', timeToLive: 'expires_at' } as const;

/**
 * One row a delivery (`dlv_…`), holding its first attempt; each later attempt is a row of its own (`dlv_…#02`),
 * and so is what a client of a WebSocket destination tells of an attempt (`dlv_…#answer#1`).
 * A delivery's id ends in its connection's tag, and the connection names the destination. Behind a destination's deliveries
 * are its figures (`figures#…`), before them its circuit (`circuit`), which are in no index: see deliveries/figures-row.ts and
 * deliveries/circuits.ts. Those of a destination with a pace wait in a partition of their own, `{destination_id}#line`: see
 * deliveries/lines.ts. How many events a source took is in one of the source's (`src_…`), `events#…`: see
 * deliveries/event-counts.ts.
 */
export const deliveriesTable = {
  partitionKey: 'destination_id',
  sortKey: 'id',
  timeToLive: 'expires_at',
  /** Sparse, keys only: `{destination_id}#{status}` of every delivery that has a row and has not succeeded. */
  byState: { indexName: 'by_state', partitionKey: 'state_key', sortKey: 'id' },
  /** Sparse, all attributes: the dead letters of an organization. */
  deadLetters: { indexName: 'dead_letters', partitionKey: 'dead_letter_org_id', sortKey: 'id' },
} as const;

/** Suffix of the partition of a destination's line in the deliveries table. */
export const LINE_SUFFIX = '#line';

/**
 * Organizations, sources, connections, destinations, API keys, sessions, idempotency keys, replays. Rarely written, so indexes cost
 * nothing here.
 *
 * | item | pk | sk |
 * |---|---|---|
 * | organization | `org_…` | `organization` |
 * | its unique name | `organization-name#{name}` | `organization-name` |
 * | source | `src_…` | `source` |
 * | connection | its source's id | `con_…` |
 * | deleted connection | its source's id | `former#con_…` |
 * | destination | `dst_…` | `destination` |
 * | tag | `tag#{8 hex}` | `tag` |
 * | API key | `api-key#{SHA-256 of it}` | `api-key` |
 * | where the key of an id is | `key_…` | `api-key-id` |
 * | session | `session#{SHA-256 of its token}` | `session` |
 * | idempotency key | `idempotency#{SHA-256 of its owner and the key}` | `idempotency` |
 * | copies of a webhook | `copy#{SHA-256 of its source and what they have in common}` | `copy` |
 * | replay | `rpl_…` | `replay` |
 * | requests of an organization in one minute | `requests#{org_id}#{minute since the epoch}` | `requests` |
 */
export const configTable = {
  partitionKey: 'pk',
  sortKey: 'sk',
  timeToLive: 'expires_at',
  /** Lists: `organizations`, and `{org_id}#` with `source`, `connection`, `destination`, `api-key` or `replay`. All attributes. */
  byOrganization: { indexName: 'by_organization', partitionKey: 'list_key', sortKey: 'id' },
  /** The connections of a destination. All attributes. */
  byDestination: { indexName: 'by_destination', partitionKey: 'destination_id', sortKey: 'id' },
} as const;

/** Prefix of the rows for copies of webhooks: the only rows of the configuration that ingest may write. */
export const COPY_PREFIX = 'copy#';

/**
 * Clients that are connected to WebSocket destinations, and the tickets by which they connect. All rows expire within hours.
 *
 * | item | owner | id |
 * |---|---|---|
 * | client | `dst_…` | API Gateway's id of the connection |
 * | where the client of an id is | `client#{id}` | `client` |
 * | ticket | `ticket#{SHA-256 of it}` | `ticket` |
 */
export const clientsTable = { partitionKey: 'owner', sortKey: 'id', timeToLive: 'expires_at' } as const;

/** Prefix of the rows of tickets: the only rows of the clients table that management may write. */
export const TICKET_PREFIX = 'ticket#';

/**
 * Prefix of the rows of API keys: the function that lets clients in may record the use of keys, and change nothing
 * else.
 */
export const API_KEY_PREFIX = 'api-key#';
