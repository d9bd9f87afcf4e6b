import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** Made when first wanted: the data that it loads takes a fifteenth of the start of every command, and most shorten nothing. */
let segmenter: Intl.Segmenter | undefined;

/** Printable ASCII: a cell for each character. */
const PLAIN = /^[\x20-\x7e]*$/;

/** How many cells of a terminal it takes: two for CJK and emoji, none for marks on other letters and for colours. */
export function widthOf(text: string): number {
  if (PLAIN.test(text)) return text.length;
  // Only now: loading it takes a sixth of the start of every command, most of which print nothing else.
  // https://nodejs.org/docs/latest-v22.x/api/modules.html#loading-ecmascript-modules-using-require
  const { default: stringWidth } = require('string-width') as typeof import('string-width');
  return stringWidth(text);
}

/** @returns at most so many cells of it, the last one `…` where it was longer; what readers see as one character is kept whole */
export function shortened(text: string, width: number): string {
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
