/**
 * What a transform is: the text of a JavaScript program (a script, no module) that defines `function transform(event, variables)`.
 * It is run in a sandbox, bounded in time and memory (limits.ts), and this module is its contract: what it is given, and what may
 * come back.
 *
 * It has the language, `console`, and nothing else: no imports, no I/O, no timers, and nothing to wait for, so that a promise is
 * no result. All it knows of time is when the event was created: `Date.now()` and `new Date()` are `created_at`, and local time is
 * UTC. `Math.random()` is seeded from the event's id: a sample of the events stays the same when they are delivered again.
 * `eval` and `Function` are as harmless as the program itself.
 *
 * Template payload shapes are transforms (core/destination-templates/), so that one engine applies both and a user can start
 * from the text of a template.
 */
export type TransformCode = string;

/** The webhook as a transform sees it; the fields have the names that `GET /v1/events/{id}` gives them. */
export interface TransformEvent {
  readonly id: string;
  readonly source_id: string;
  /** The event's page, as in `X-Hawser-Event-URL`. */
  readonly url: string;
  /** What happened, in the sender's words (`push`, `invoice.paid`), where the source knows where the sender says it. */
  readonly type: string | null;
  /** ISO 8601, UTC. */
  readonly created_at: string;
  readonly method: string;
  readonly path: string;
  readonly query: string;
  /** Names in lower case; the values of a header that was sent several times are joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  /** Text where the bytes are UTF-8, else base64; empty where there was none. */
  readonly body: string;
  readonly body_encoding: 'utf8' | 'base64';
  /**
   * The parsed body, made in the sandbox when the program first reads it: whoever calls an engine leaves it out. `undefined` where
   * it is no JSON, or nested more than 500 deep. Numbers beyond 2^53 are rounded here, and exact in `body`.
   */
  readonly json?: unknown;
}

/** What is sent in place of the webhook. What is absent stays as it was; `null` in place of the whole sends nothing. */
export interface TransformResult {
  readonly method?: string;
  readonly path?: string;
  readonly query?: string;
  /** All of the sender's headers are gone then; the destination's own still win. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Text is sent as it is, or as the bytes that its base64 stands for; anything else as JSON. */
  readonly body?: unknown;
  readonly body_encoding?: 'utf8' | 'base64';
  /** Its body was no text, though it is one in JSON, as a date is: no field of a program's. */
  readonly isTextJson?: true;
}

/** A line that the program has written by `console.log` and the like. */
export interface TransformLog {
  readonly level: 'log' | 'info' | 'warn' | 'error' | 'debug';
  readonly message: string;
}

/** What has come of a run. */
export type TransformOutcome = { readonly logs: readonly TransformLog[] } & (
  | { readonly kind: 'transformed'; readonly result: TransformResult }
  /** It returned `null`: nothing is to be sent. */
  | { readonly kind: 'dropped' }
  /**
   * It threw, took too long, wanted too much memory, or returned what is no result. `line` is one of its own text, from 1; of a
   * program that was stopped in a loop it is where it last called or read something before that loop.
   */
  | { readonly kind: 'failed'; readonly message: string; readonly line: number | undefined }
);

/** Runs programs, each in a sandbox of its own: nothing is left of one for the next. */
export interface TransformEngine {
  /**
   * The same outcome for the same arguments, save for a program that has to be stopped by the clock. Rejects only where Hawser
   * itself has failed.
   */
  run(
    code: TransformCode,
    event: TransformEvent,
    variables: Readonly<Record<string, string>>,
  ): Promise<TransformOutcome>;
  /** Whether the text is a program that defines `transform`, as far as running it without an event tells. */
  check(code: TransformCode): Promise<{ readonly message: string; readonly line: number | undefined } | undefined>;
}
