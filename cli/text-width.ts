import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** Made on first use: the data it loads would add a fifteenth to the start of every command, and most shorten nothing. */
let segmenter: Intl.Segmenter | undefined;

/** Printable ASCII takes one cell per character. */
const PLAIN = /^[\x20-\x7e]*$/;

/** How many cells of a terminal it takes: two for CJK and emoji, none for combining marks and colours. */
export function widthOf(text: string): number {
  if (PLAIN.test(text)) return text.length;
  // Loaded only now: it would add a sixth to the start of every command, and most print only ASCII.
  // https://nodejs.org/docs/latest-v22.x/api/modules.html#loading-ecmascript-modules-using-require
  const { default: stringWidth } = require('string-width') as typeof import('string-width');
  return stringWidth(text);
}

/**
 * @returns at most this many cells of the text, ending in `…` if it was longer; never splits what readers see as one character
 */
export function truncate(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  segmenter ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  let kept = '';
  let left = width - 1;
  for (const { segment } of segmenter.segment(text)) {
    left -= widthOf(segment);
    if (left < 0) break;
    kept += segment;
  }
  return width > 0 ? `${kept}…` : '';
}
