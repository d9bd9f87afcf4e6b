import * as z from 'zod';
import { type ResultMessage, resultMessage } from './client-answer.ts';

export interface Mistake {
  readonly type: 'error';
  readonly code: 'INVALID_MESSAGE' | 'UNKNOWN_ACTION';
  readonly message: string;
}

/**
 * What a client has said, by its `action`: a client that is newer than its Hawser is told that an action is not known, and nothing
 * else depends on it. A mistake is answered, as a ping is; a result needs no answer, which would be one more message to pay.
 */
export type Said =
  | { readonly kind: 'ping' }
  | { readonly kind: 'result'; readonly result: ResultMessage }
  | { readonly kind: 'mistake'; readonly answer: Mistake };

export const PONG = { type: 'pong' } as const;

export function whatIsSaid(text: string): Said {
  const value = parse(text);
  const named = z.object({ action: z.string() }).safeParse(value);
  if (!named.success) return mistake('INVALID_MESSAGE', 'A message must be a JSON object with an action');
  switch (named.data.action) {
    case 'ping':
      return { kind: 'ping' };
    case 'result': {
      const { data, error } = resultMessage.safeParse(value);
      return data ? { kind: 'result', result: data } : mistake('INVALID_MESSAGE', `result: ${problemOf(error)}`);
    }
    default:
      return mistake('UNKNOWN_ACTION', 'The actions are ping and result');
  }
}

function mistake(code: Mistake['code'], message: string): Said {
  return { kind: 'mistake', answer: { type: 'error', code, message } };
}

function problemOf({ issues: [issue] }: z.ZodError): string {
  return `${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`.trim();
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // No JSON is no object with an action: the caller says so.
    return undefined;
  }
}
