const newDecoder = () => new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const utf8 = newDecoder();

/**
 * Bytes as the text that they are in UTF-8, byte for byte; `undefined` where they are none.
 * @param isCut whether they may end within a character, which is then left out
 */
export function textOf(bytes: Uint8Array, isCut = false): string | undefined {
  try {
    // A decoder that is told of more to come keeps what it has begun: it is for these bytes alone.
    return isCut ? newDecoder().decode(bytes, { stream: true }) : utf8.decode(bytes);
  } catch {
    // `fatal` is how TextDecoder says that the bytes are not UTF-8: the answer to the question, no failure.
    return undefined;
  }
}

export function base64Of(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

/** As everything shows bytes that JSON has to carry. */
export interface EncodedText {
  readonly text: string;
  readonly encoding: 'utf8' | 'base64';
}

/** As text where the bytes are UTF-8, else in base64, which keeps every byte. */
export function encodedText(bytes: Uint8Array): EncodedText {
  const text = textOf(bytes);
  return text === undefined ? { text: base64Of(bytes), encoding: 'base64' } : { text, encoding: 'utf8' };
}
