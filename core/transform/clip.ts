import { MAX_MESSAGE_LENGTH } from './limits.ts';

/** Shortens a message to the longest allowed length. */
export function clip(text: string): string {
  return text.length <= MAX_MESSAGE_LENGTH ? text : `${text.slice(0, MAX_MESSAGE_LENGTH - 1)}…`;
}
