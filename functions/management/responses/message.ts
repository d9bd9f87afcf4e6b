import * as z from 'zod';
import { base64Of, type EncodedText, encodedText } from '../../../core/events/body-text.ts';

/** Headers and bodies, of events, requests and responses, as the API shows them. */

export const headersResponse = z.record(z.string(), z.union([z.string(), z.array(z.string())])).meta({
  description: 'By name, in their original case; a name that was sent several times has a list of values.',
  examples: [{ 'Content-Type': 'application/json', 'X-GitHub-Event': 'push' }],
});
export const bodyEncoding = z.enum(['utf8', 'base64']);

/**
 * A response of Lambda has at most 6 MiB, in which the body is JSON within JSON: a text with many quotes may become larger than the
 * same bytes in base64. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
export const MAX_TEXT_CHARACTERS = 5_500_000;

/** Text if the bytes are UTF-8 and the text fits into a response; otherwise in base64. */
export function toEncodedText(bytes: Uint8Array): EncodedText {
  const shown = encodedText(bytes);
  const fits = bytes.byteLength < MAX_TEXT_CHARACTERS / 12 || escapedLength(shown.text) < MAX_TEXT_CHARACTERS;
  return shown.encoding === 'base64' || fits ? shown : { text: base64Of(bytes), encoding: 'base64' };
}

/** How many bytes of a response it takes. */
export function escapedLength(shown: string | object): number {
  return Buffer.byteLength(JSON.stringify(JSON.stringify(shown)));
}
