import stringWidth from 'string-width';

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** How many cells of a terminal it takes: two for CJK and emoji, none for marks on other letters and for colours. */
export function widthOf(text: string): number {
  return stringWidth(text);
}

/** @returns at most so many cells of it, the last one `…` where it was longer; what readers see as one character is kept whole */
export function shortened(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let kept = '';
  let left = width - 1;
  for (const { segment } of graphemes.segment(text)) {
    left -= widthOf(segment);
    if (left < 0) break;
    kept += segment;
  }
  return width > 0 ? `${kept}…` : '';
}
