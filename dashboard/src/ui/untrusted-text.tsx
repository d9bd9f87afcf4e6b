import { marked, mayTurn, type Piece, piecesOf } from './bidi.ts';

interface UntrustedTextProps {
  readonly text: string;
}

/** A name or description that somebody has written: prose in any language, which does not reorder anything beside it. */
export function UntrustedText({ text }: UntrustedTextProps) {
  return <bdi>{mayTurn(text) ? piecesOf(text).map(markedOnly) : text}</bdi>;
}

/** More elements would slow down the browser, which may be exactly what a hostile sender intends. */
const MAX_PIECES = 5_000;

/**
 * Code, and anything sent by a machine: in the order of its characters, with each run of right-to-left letters by itself, so that
 * quotes, commas and names stay in place.
 */
export function UntrustedCode({ text }: UntrustedTextProps) {
  if (!mayTurn(text)) return <>{text}</>;
  const pieces = piecesOf(text);
  // Keeping each letter in its own place makes it hard to read, but needs no elements.
  if (pieces.length > MAX_PIECES) return <bdo dir="ltr">{marked(text)}</bdo>;
  return (
    <>
      {pieces.map((piece, index) => (piece.kind === 'run' ? <bdi key={index}>{piece.text}</bdi> : markedOnly(piece)))}
    </>
  );
}

function markedOnly({ kind, text }: Piece) {
  return kind === 'turn' ? <mark class="turn">{text}</mark> : text;
}
