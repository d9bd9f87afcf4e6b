import * as z from 'zod';

/**
 * What a client may say, by `action`. An answer for each: a client that is newer than its Hawser is told that an action is not
 * known, and nothing else depends on it.
 */
const clientMessage = z.discriminatedUnion('action', [z.object({ action: z.literal('ping') })]);

export type Answer =
  | { readonly type: 'pong' }
  | { readonly type: 'error'; readonly code: 'INVALID_MESSAGE' | 'UNKNOWN_ACTION'; readonly message: string };

export function answerTo(text: string): Answer {
  const value = parse(text);
  const named = z.object({ action: z.string() }).safeParse(value);
  if (!named.success) {
    return { type: 'error', code: 'INVALID_MESSAGE', message: 'A message must be a JSON object with an action' };
  }
  if (!clientMessage.safeParse(value).success) {
    return { type: 'error', code: 'UNKNOWN_ACTION', message: 'The only action is ping' };
  }
  return { type: 'pong' };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // No JSON is no object with an action: the caller says so.
    return undefined;
  }
}
