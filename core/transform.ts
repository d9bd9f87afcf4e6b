/**
 * What a transform is: the text of a JavaScript program that defines `function transform(event, variables)`, without
 * imports, I/O, clock or randomness. It is run in a sandbox, bounded in time and memory, and this module is its contract:
 * what it is given, and what may come back.
 *
 * Template payload shapes are transforms (core/destination-templates/), so that one engine applies both and a user can start
 * from the text of a template. Nothing runs them at delivery yet.
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
   * The parsed body; absent where it is no JSON, or nested too deeply for the sandbox: QuickJS parses by recursion, and 100,000
   * brackets take its whole WebAssembly instance down. Numbers beyond 2^53 are exact in `body` only.
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
  /** Text is sent as it is, anything else as JSON. */
  readonly body?: unknown;
}
