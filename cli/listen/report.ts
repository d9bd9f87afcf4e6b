import { encodedText, textOf } from '../../core/events/body-text.ts';
import { showHeaders } from '../commands/attempts.ts';
import { clean, cleanText, type Output, toOneLine } from '../output.ts';
import { truncate } from '../text-width.ts';
import type { Answer, Webhook } from './forward.ts';
import type { LinkState } from './link.ts';

/** Prints what happens: a line for each event, and a note whenever the connection breaks or is back. */
export class Report {
  readonly #out: Output;
  readonly #names: ReadonlyMap<string, string>;
  readonly #verbose: boolean;
  #disconnectedAtMs: number | undefined;

  constructor(out: Output, names: ReadonlyMap<string, string>, verbose: boolean) {
    this.#out = out;
    this.#names = names;
    this.#verbose = verbose;
  }

  ready(
    sources: readonly { readonly id: string; readonly name: string; readonly ingest_url?: unknown }[],
    to: URL,
    destinationId: string,
  ): void {
    const out = this.#out;
    if (out.json) {
      out.documentLine({
        type: 'ready',
        destination_id: destinationId,
        sources: sources.map(({ id }) => id),
        to: shownUrl(to),
      });
      return;
    }
    for (const { name, ingest_url } of sources) out.note(`${clean(name)}  ${clean(ingest_url)}  →  ${shownUrl(to)}`);
    out.note('Ctrl-C ends it.');
  }

  state(state: LinkState): void {
    const out = this.#out;
    if (out.json) {
      const more = state.kind === 'disconnected' ? { reason: state.reason, retry_ms: state.retryMs } : {};
      out.documentLine({ type: state.kind, at: new Date().toISOString(), ...more });
      return;
    }
    if (state.kind === 'connected') {
      const lostFor =
        this.#disconnectedAtMs === undefined ? '' : ` again, after ${seconds(Date.now() - this.#disconnectedAtMs)}`;
      this.#disconnectedAtMs = undefined;
      out.note(`${time()}  connected${lostFor}`);
      return;
    }
    this.#disconnectedAtMs ??= Date.now();
    out.note(`${time()}  NOT CONNECTED: ${clean(state.reason)}; next try in ${seconds(state.retryMs)}. Events wait.`);
  }

  note(text: string): void {
    if (this.#out.json) this.#out.documentLine({ type: 'note', message: text });
    else this.#out.note(clean(text));
  }

  answered(webhook: Webhook, answer: Answer): void {
    const out = this.#out;
    if (out.json) {
      out.documentLine({ type: 'event', at: new Date().toISOString(), ...record(webhook, answer) });
      return;
    }
    const { frame } = webhook;
    const query = frame.query && `?${frame.query}`;
    out.line(
      [
        time(),
        clean(this.#names.get(frame.source_id) ?? frame.source_id),
        truncate(clean(`${frame.method} ${frame.path || '/'}${query}`), 80),
        this.#result(answer),
        `${answer.durationMs} ms`,
        `${frame.event_id}${frame.attempt > 1 ? ` (attempt ${frame.attempt})` : ''}`,
      ].join('  '),
    );
    if (this.#verbose) this.#details(webhook, answer);
    else if (answer.kind === 'answered' && answer.statusCode >= 300 && answer.body.length > 0) {
      out.line(`          ${truncate(toOneLine(shownText(answer.body, answer.bodyTruncated)), 160)}`);
    }
  }

  #result(answer: Answer): string {
    if (answer.kind === 'failed') return this.#out.styled('red', `${answer.code} (${clean(answer.message)})`);
    const { statusCode } = answer;
    return this.#out.styled(statusCode < 300 ? 'green' : 'red', String(statusCode));
  }

  #details({ headers, body }: Webhook, answer: Answer): void {
    const out = this.#out;
    showHeaders(out, '> ', headers);
    if (body.length > 0) out.line(cleanText(shownText(body)));
    if (answer.kind === 'failed') return;
    const given = Object.entries(answer.headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]],
    );
    showHeaders(out, '< ', Object.fromEntries(given));
    if (answer.body.length > 0) out.line(cleanText(shownText(answer.body, answer.bodyTruncated)));
  }
}

/** Without the parts that may hold a credential. */
function shownUrl({ origin, pathname }: URL): string {
  return origin + pathname;
}

/** Unchanged. The caller escapes control characters before printing it. */
function shownText(bytes: Buffer, isCut = false): string {
  return textOf(bytes, isCut) ?? `(${bytes.length} bytes of binary data)`;
}

function record({ frame, body }: Webhook, answer: Answer) {
  const shown = answer.kind === 'answered' ? encodedText(answer.body) : undefined;
  return {
    event_id: frame.event_id,
    delivery_id: frame.delivery_id,
    source_id: frame.source_id,
    attempt: frame.attempt,
    method: frame.method,
    path: frame.path,
    query: frame.query,
    body_bytes: body.length,
    status_code: answer.kind === 'answered' ? answer.statusCode : null,
    error_code: answer.kind === 'failed' ? answer.code : null,
    error_message: answer.kind === 'failed' ? answer.message : null,
    duration_ms: answer.durationMs,
    response_body: shown?.text ?? null,
    response_body_encoding: shown?.encoding ?? null,
    response_body_truncated: answer.kind === 'answered' && answer.bodyTruncated,
  };
}

function time(): string {
  return new Date().toTimeString().slice(0, 8);
}

function seconds(ms: number): string {
  return ms < 1_000 ? `${ms} ms` : `${Math.round(ms / 1000)} s`;
}
