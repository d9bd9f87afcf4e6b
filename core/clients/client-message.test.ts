import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answerTo } from './client-message.ts';

describe('what a client says', () => {
  it('is a ping, which is answered: it keeps the connection from being idle for ten minutes', () => {
    expect(answerTo('{"action":"ping"}')).toEqual({ type: 'pong' });
    expect(answerTo('{"action":"ping","sent_at":1}')).toEqual({ type: 'pong' });
  });

  it.each(['{"action":"result"}', '{"action":"$connect"}', '{"action":""}'])('%s is not known yet', (text) => {
    expect(answerTo(text)).toMatchObject({ type: 'error', code: 'UNKNOWN_ACTION' });
  });

  it.each(['', 'ping', '{', '[]', 'null', '{}', '{"action":5}', '"ping"'])('%s is no message', (text) => {
    expect(answerTo(text)).toMatchObject({ type: 'error', code: 'INVALID_MESSAGE' });
  });

  it('is always answered, whatever it is', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(['pong', 'error']).toContain(answerTo(text).type);
      }),
    );
  });
});
