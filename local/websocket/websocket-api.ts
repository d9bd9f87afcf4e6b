import type { ThrottleSpec } from '../gateway/rest-api.ts';

/** Limits of API Gateway WebSocket APIs: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html */
export const limit = {
  /** In either direction. */
  messageBytes: 128 * 1024,
  /** A longer message comes in several frames. */
  frameBytes: 32 * 1024,
  /** Without a message or a control frame in either direction. */
  idleMs: 10 * 60_000,
  /** However busy it is. */
  durationMs: 2 * 60 * 60_000,
  urlLength: 4_096,
} as const;

/** Limits that AWS doesn't publish. They keep one client from taking all the memory. */
export const ownLimit = {
  /** Bytes buffered for a client that doesn't read: as many as eight of the largest messages. */
  unsentBytes: 8 * limit.messageBytes,
  /** How many messages of one client functions handle at once. Beyond that, nothing more is read from its socket. */
  messagesInFlight: 16,
  /** How long a client may take to answer a close frame. */
  closingMs: 2_000,
} as const;

export interface WebSocketApiSpec {
  readonly apiId: string;
  readonly stageName: string;
  /** ARN of the function by route key: `$connect`, `$disconnect`, `$default`, and values of the messages' `action`. */
  readonly routes: ReadonlyMap<string, string>;
  readonly throttle?: ThrottleSpec;
}
