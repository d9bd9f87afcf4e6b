import type { IncomingMessage } from 'node:http';

/** What a client may still send after it was refused, before its connection is cut. */
const MAX_DRAINED_BYTES = 64 * 1024 * 1024;

export const TOO_LARGE = Symbol('too large');
export const ABORTED = Symbol('aborted');

const EMPTY = Buffer.alloc(0);

/**
 * Reads a body of at most `maxBytes`, byte for byte as sent. Stops listening as soon as it is clear that there is more,
 * also before the first byte when `Content-Length` says so; `ABORTED` when the client went away in the middle.
 */
export function readBody(
  message: IncomingMessage,
  maxBytes: number,
): Promise<Buffer | typeof TOO_LARGE | typeof ABORTED> {
  if (declaredLength(message) > maxBytes) return Promise.resolve(TOO_LARGE);
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const onData = (chunk: Buffer) => {
      bytes += chunk.byteLength;
      if (bytes > maxBytes) {
        message.off('data', onData);
        resolve(TOO_LARGE);
      } else chunks.push(chunk);
    };
    message.on('data', onData);
    message.once('end', () => resolve(joined(chunks, bytes)));
    message.once('close', () => resolve(ABORTED));
    message.once('error', () => resolve(ABORTED));
  });
}

/**
 * Swallows the rest of a refused body. A socket that is closed with unread bytes is reset, and the reset can destroy the
 * answer before the client has read it; so the client may finish, within bounds.
 */
export function drain(message: IncomingMessage): void {
  let bytes = 0;
  message.on('data', (chunk: Buffer) => {
    bytes += chunk.byteLength;
    if (bytes > MAX_DRAINED_BYTES) message.socket.destroy();
  });
  message.resume();
}

export function declaredLength(message: IncomingMessage): number {
  return Number(message.headers['content-length'] ?? 0);
}

function joined(chunks: readonly Buffer[], bytes: number): Buffer {
  if (bytes === 0) return EMPTY;
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, bytes);
}
