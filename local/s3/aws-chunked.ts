import { AwsError } from '../wire/aws-error.ts';

export interface DecodedBody {
  readonly bytes: Uint8Array;
  /** Names in lower case. */
  readonly trailers: ReadonlyMap<string, string>;
}

/**
 * Decodes the `aws-chunked` content encoding: hexadecimal size, optional `;chunk-signature=…`, CRLF, bytes, CRLF; a chunk of size
 * 0, then trailers. Signatures are not checked, as everywhere at the local endpoint.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
 *
 * @param decodedLength what `x-amz-decoded-content-length` announced.
 * @throws AwsError IncompleteBody, InvalidChunkSizeError
 */
export function decodeAwsChunked(body: Uint8Array, decodedLength: number): DecodedBody {
  const buffer = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const chunks: Buffer[] = [];
  let at = 0;
  const line = () => {
    const end = buffer.indexOf('\r\n', at, 'latin1');
    if (end === -1) throw incompleteBody();
    const text = buffer.toString('latin1', at, end);
    at = end + 2;
    return text;
  };
  for (;;) {
    const [size = ''] = line().split(';', 1);
    if (!/^[0-9a-fA-F]{1,8}$/.test(size)) {
      throw new AwsError('InvalidChunkSizeError', 'Only the last chunk is allowed to have a size less than 8192 bytes');
    }
    const length = Number.parseInt(size, 16);
    if (length === 0) break;
    if (at + length + 2 > buffer.byteLength) throw incompleteBody();
    chunks.push(buffer.subarray(at, at + length));
    at += length + 2;
  }
  const trailers = new Map<string, string>();
  while (at < buffer.byteLength) {
    const text = line();
    if (text === '') break;
    const colon = text.indexOf(':');
    if (colon === -1)
      throw new AwsError('MalformedTrailerError', 'The request contained trailing data that was not well-formed');
    trailers.set(text.slice(0, colon).trim().toLowerCase(), text.slice(colon + 1).trim());
  }
  const bytes = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
  if (bytes.byteLength !== decodedLength) throw incompleteBody();
  return { bytes, trailers };
}

function incompleteBody(): AwsError {
  return new AwsError(
    'IncompleteBody',
    'You did not provide the number of bytes specified by the Content-Length HTTP header',
  );
}
