import { MAX_MESSAGE_LENGTH } from './limits.ts';

/** A message that is no longer than one may be. */
export function clip(text: string): string {
  return text.length <= MAX_MESSAGE_LENGTH ? text : `${text.slice(0, MAX_MESSAGE_LENGTH - 1)}…`;
}
