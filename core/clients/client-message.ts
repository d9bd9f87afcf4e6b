import * as z from 'zod';
import { type ResultMessage, resultMessage } from './client-answer.ts';

export interface ProtocolError {
  readonly type: 'error';
  readonly code: 'INVALID_MESSAGE' | 'UNKNOWN_ACTION';
  readonly message: string;
}

/**
 * A message from a client, by its `action`. A client newer than its Hawser may send an unknown action; it gets an error, and its
 * connection goes on. Errors and pings are answered. Results are not: every answer would be one more message to pay for.
 */
export type ClientMessage =
  | { readonly kind: 'ping' }
  | { readonly kind: 'result'; readonly result: ResultMessage }
  | { readonly kind: 'invalid'; readonly error: ProtocolError };

export const PONG = { type: 'pong' } as const;

export function parseClientMessage(text: string): ClientMessage {
  const value = parseJson(text);
  const envelope = z.object({ action: z.string() }).safeParse(value);
  if (!envelope.success) return invalid('INVALID_MESSAGE', 'A message must be a JSON object with an action');
  switch (envelope.data.action) {
    case 'ping':
      return { kind: 'ping' };
    case 'result': {
      const { data, error } = resultMessage.safeParse(value);
      return data ? { kind: 'result', result: data } : invalid('INVALID_MESSAGE', `result: ${problemOf(error)}`);
    }
    default:
      return invalid('UNKNOWN_ACTION', 'The actions are ping and result');
  }
}

function invalid(code: ProtocolError['code'], message: string): ClientMessage {
  return { kind: 'invalid', error: { type: 'error', code, message } };
}

function problemOf({ issues: [issue] }: z.ZodError): string {
  return `${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`.trim();
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not an object with an action, so the caller reports it.
    return undefined;
  }
}
