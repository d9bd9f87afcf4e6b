/** Sequence numbers are decimal texts that only grow. `null` comes before the first. */
export function isAfter(sequenceNumber: string, position: string | null): boolean {
  if (position === null) return true;
  if (sequenceNumber.length !== position.length) return sequenceNumber.length > position.length;
  return sequenceNumber > position;
}

export function earlierOf(left: string | null, right: string | null): string | null {
  return left !== null && isAfter(left, right) ? right : left;
}
