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

/** Limits that AWS doesn't state, which keep one client from taking the memory of all. */
export const ownLimit = {
  /** What was sent to a client and lies here because it doesn't read: eight of the largest messages. */
  unsentBytes: 8 * limit.messageBytes,
  /** Messages of one client that functions work on at once; its socket is not read on meanwhile. */
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
