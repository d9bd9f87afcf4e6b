/**
 * A transform: the text of a JavaScript program (a script, not a module) that defines `function transform(event, variables)`.
 * It runs in a sandbox with bounded time and memory (limits.ts). This module is its contract: its arguments and its possible outcomes.
 *
 * A program has the language and `console`, and nothing else: no imports, no I/O, no timers. Nothing in it is asynchronous, so a promise
 * is not a valid result. Time stands still at the event's creation: `Date.now()` and `new Date()` are `created_at`, and local time is UTC.
 * `Math.random()` is seeded from the event's id, so a random sample of events stays the same when they are delivered again.
 * `eval` and `Function` are as harmless as the program itself.
 *
 * The payloads of templates (core/destination-templates/) are transforms, too: one engine runs both, and a user can start from the text
 * of a template.
 */
export type TransformCode = string;

/** The webhook as a transform sees it; the fields have the names that `GET /v1/events/{id}` gives them. */
export interface TransformEvent {
  readonly id: string;
  readonly source_id: string;
  /** The event's page, as in `X-Hawser-Event-URL`. */
  readonly url: string;
  /** The sender's name for this kind of event (`push`, `invoice.paid`); `null` if the source does not know it. */
  readonly type: string | null;
  /** ISO 8601, UTC. */
  readonly created_at: string;
  readonly method: string;
  readonly path: string;
  readonly query: string;
  /** Names in lower case; the values of a header that was sent several times are joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  /** Text if the bytes are UTF-8, else base64; empty if there was no body. */
  readonly body: string;
  readonly body_encoding: 'utf8' | 'base64';
  /**
   * The parsed body. The sandbox adds it, and parses when the program first reads it; callers of an engine leave it out. `undefined` if
   * the body is not JSON, or nested more than 500 deep. Numbers beyond 2^53 are rounded here, and exact in `body`.
   */
  readonly json?: unknown;
}

/** What is sent instead of the webhook. Absent fields stay as they were; a program that returns `null` sends nothing. */
export interface TransformResult {
  readonly method?: string;
  readonly path?: string;
  readonly query?: string;
  /** Replaces all of the sender's headers; the destination's own still take precedence. */
  readonly headers?: Readonly<Record<string, string>>;
  /** A string is sent as it is, or decoded from base64; anything else is sent as JSON. */
  readonly body?: unknown;
  readonly body_encoding?: 'utf8' | 'base64';
  /** Set by the sandbox if `body` was an object that stringifies to a string, such as a date. Programs cannot set it. */
  readonly isTextJson?: true;
}

/** A line that the program wrote with `console.log` and the like. */
export interface TransformLog {
  readonly level: 'log' | 'info' | 'warn' | 'error' | 'debug';
  readonly message: string;
}

/** The outcome of a run. */
export type TransformOutcome = { readonly logs: readonly TransformLog[] } & (
  | { readonly kind: 'transformed'; readonly result: TransformResult }
  /** It returned `null`: nothing is sent. */
  | { readonly kind: 'dropped' }
  /**
   * It threw, took too long, needed too much memory, or returned an invalid result. `line` counts from 1 in the program's text. For a
   * program that was stopped in a loop, it is the line of the last call or property access before that loop.
   */
  | { readonly kind: 'failed'; readonly message: string; readonly line: number | undefined }
);

/** Runs programs, each in its own sandbox: one run leaves nothing behind for the next. */
export interface TransformEngine {
  /**
   * The same arguments give the same outcome, unless the hard timeout stops the program. Rejects only if Hawser itself fails.
   */
  run(
    code: TransformCode,
    event: TransformEvent,
    variables: Readonly<Record<string, string>>,
  ): Promise<TransformOutcome>;
  /** The problem of a program that does not define `transform`, as far as running it without an event shows. */
  check(code: TransformCode): Promise<{ readonly message: string; readonly line: number | undefined } | undefined>;
}
