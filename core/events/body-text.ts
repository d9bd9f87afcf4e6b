const newDecoder = () => new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const utf8 = newDecoder();

/**
 * The bytes as text if they are UTF-8, else `undefined`.
 * @param isCut whether the bytes may end within a character, which is then left out
 */
export function textOf(bytes: Uint8Array, isCut = false): string | undefined {
  try {
    // In stream mode a decoder keeps an unfinished character, so it must not be reused.
    return isCut ? newDecoder().decode(bytes, { stream: true }) : utf8.decode(bytes);
  } catch {
    // A `fatal` TextDecoder throws if the bytes are not UTF-8, which is an answer here, not a failure.
    return undefined;
  }
}

export function base64Of(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

/** The form of bytes in JSON, everywhere in the API. */
export interface EncodedText {
  readonly text: string;
  readonly encoding: 'utf8' | 'base64';
}

/** Text if the bytes are UTF-8, else base64, which keeps every byte. */
export function encodedText(bytes: Uint8Array): EncodedText {
  const text = textOf(bytes);
  return text === undefined ? { text: base64Of(bytes), encoding: 'base64' } : { text, encoding: 'utf8' };
}
