import { randomBytes, randomUUID } from 'node:crypto';

/**
 * Identifiers: `prefix_` + 32 lower-case hex characters of a UUIDv7 (RFC 9562), so that they sort by time.
 *
 *     evt_ 019c1f7a2b3c 7abc 8def0123 4a5b6c7d
 *          time, 48 bit |    random   | tag, 32 bit
 *
 * The last eight characters are the id's **tag**. For sources and connections the tag is random and reserved globally when
 * they are created. An event carries the tag of its source, and a delivery is its event's id with the tag of the connection
 * in its place. So an id alone leads to the key of its row, with no index on the two tables that are written for every
 * webhook, and a repeated stream record always makes the same delivery.
 */
export type Id<Prefix extends string> = `${Prefix}_${string}` & { readonly __id: Prefix };

export type OrganizationId = Id<'org'>;
export type SourceId = Id<'src'>;
export type EventId = Id<'evt'>;
export type DestinationId = Id<'dst'>;
export type ConnectionId = Id<'con'>;
export type DeliveryId = Id<'dlv'>;
export type ApiKeyId = Id<'key'>;
export type ReplayId = Id<'rpl'>;

/** The last eight hex characters of an id. */
export type Tag = string & { readonly __tag: true };

const TAG_LENGTH = 8;
const HEX_LENGTH = 32;
/** Version 7 stands at hex digit 12, the variant `10` at digit 16. */
const UUID_V7 = '[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15}';
const WHOLE_UUID_V7 = new RegExp(`^${UUID_V7}$`);

/** A new id with a random tag, for everything but events and deliveries. */
export function newId<Prefix extends string>(prefix: Prefix, nowMs: number = Date.now()): Id<Prefix> {
  return brand(prefix, timeAndRandom(nowMs) + randomBytes(TAG_LENGTH / 2).toString('hex'));
}

/** A new event id that carries the tag of its source: 42 random bits within one millisecond of one source. */
export function newEventId(sourceId: SourceId, nowMs: number): EventId {
  return brand('evt', timeAndRandom(nowMs) + tagOf(sourceId));
}

/** The id of the delivery of this event over this connection: always the same one. */
export function deliveryIdOf(eventId: EventId, connectionId: ConnectionId): DeliveryId {
  return brand('dlv', eventId.slice(-HEX_LENGTH, -TAG_LENGTH) + tagOf(connectionId));
}

/** The inverse of `deliveryIdOf`: the event of a delivery, given the source of its connection. */
export function eventIdOf(deliveryId: DeliveryId, sourceId: SourceId): EventId {
  return brand('evt', deliveryId.slice(-HEX_LENGTH, -TAG_LENGTH) + tagOf(sourceId));
}

export function tagOf(id: SourceId | ConnectionId | EventId | DeliveryId): Tag {
  return id.slice(-TAG_LENGTH) as Tag;
}

/** When the id was made, in milliseconds since the epoch; for deliveries, when their event was accepted. */
export function timeMsOf(id: Id<string>): number {
  return timeMsAt(id);
}

/** The same for a sort key that begins with an id. */
export function timeMsAt(key: string): number {
  const start = key.indexOf('_') + 1;
  return Number.parseInt(key.slice(start, start + 12), 16);
}

/**
 * The smallest string that sorts at or after every id of this prefix made at `timeMs`: a bound for `since` and `until`.
 * It is no valid id itself.
 */
export function idBound(prefix: string, timeMs: number): string {
  return `${prefix}_${timeHex(timeMs)}`;
}

export function isId<Prefix extends string>(prefix: Prefix, value: string): value is Id<Prefix> {
  return value.startsWith(`${prefix}_`) && WHOLE_UUID_V7.test(value.slice(prefix.length + 1));
}

/** What `isId` tells, as a regular expression. */
export function idPattern(prefix: string): string {
  return `^${prefix}_${UUID_V7}$`;
}

function timeAndRandom(nowMs: number): string {
  const random = randomHex12();
  const variant = '89ab'.charAt(Number.parseInt(random.charAt(11), 16) & 3);
  return `${timeHex(nowMs)}7${random.slice(0, 3)}${variant}${random.slice(3, 10)}`;
}

/**
 * 48 random bits: the first of a version 4 UUID, which Node draws from a pool, while six bytes on their own need a
 * system call.
 */
function randomHex12(): string {
  const uuid = randomUUID();
  return uuid.slice(0, 8) + uuid.slice(9, 13);
}

function timeHex(timeMs: number): string {
  return Math.max(0, Math.trunc(timeMs)).toString(16).padStart(12, '0');
}

function brand<Prefix extends string>(prefix: Prefix, hex: string): Id<Prefix> {
  return `${prefix}_${hex}` as Id<Prefix>;
}
