import { marked, mayTurn, type Piece, piecesOf } from './bidi.ts';

interface ForeignProps {
  readonly text: string;
}

/** What somebody has called something, or has written about it: prose of any language, which moves nothing beside it. */
export function Foreign({ text }: ForeignProps) {
  return <bdi>{mayTurn(text) ? piecesOf(text).map(markedOnly) : text}</bdi>;
}

/** More elements make a browser slow, and whoever sends a body may want that. */
const MAX_PIECES = 5_000;

/**
 * Code, and whatever a machine has sent: in the order of its characters, each run of letters from right to left by itself, so that
 * quotes, commas and names stay where they are.
 */
export function ForeignCode({ text }: ForeignProps) {
  if (!mayTurn(text)) return <>{text}</>;
  const pieces = piecesOf(text);
  // Each letter in its place is hardly read, but takes no elements.
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
