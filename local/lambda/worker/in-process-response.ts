import { STATUS_CODES } from 'node:http';
import { Readable } from 'node:stream';
import type { WireResponse } from '../../wire/wire.ts';

/** The response that a caller of `http.request` gets: an `http.IncomingMessage` as far as HTTP clients use one. */
export class InProcessResponse extends Readable {
  readonly httpVersion = '1.1';
  readonly statusCode: number;
  readonly statusMessage: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly trailers = {};
  /** Whether the whole message has arrived. */
  complete = false;
  readonly #body: Buffer;

  constructor({ status, headers, body }: WireResponse, method: string) {
    super();
    this.statusCode = status;
    this.statusMessage = STATUS_CODES[status] ?? '';
    this.#body =
      typeof body === 'string' ? Buffer.from(body) : Buffer.from(body.buffer, body.byteOffset, body.byteLength);
    this.headers = toLowerCaseNames(headers, this.#body.byteLength);
    if (method === 'HEAD') this.#body = Buffer.alloc(0);
  }

  get rawHeaders(): string[] {
    return Object.entries(this.headers).flat();
  }

  override _read(): void {
    this.complete = true;
    if (this.#body.byteLength > 0) this.push(this.#body);
    this.push(null);
  }
}

/** Header names as Node's parser gives them, plus the length that the HTTP endpoint would add. */
function toLowerCaseNames(headers: Readonly<Record<string, string>>, bodyBytes: number): Record<string, string> {
  const lower: Record<string, string> = { 'content-length': String(bodyBytes) };
  for (const name in headers) lower[name.toLowerCase()] = headers[name] ?? '';
  return lower;
}
