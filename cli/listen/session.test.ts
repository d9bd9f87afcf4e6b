import { afterEach, beforeEach, expect, it } from 'vitest';
import { answer, Receiver } from '../../test/support/receiver.ts';
import { Api } from '../api.ts';
import { ListenSession } from './session.ts';

let hawser: Receiver;
beforeEach(async () => {
  hawser = await Receiver.start();
});
afterEach(() => hawser.stop());

it('a session that can be neither opened nor undone says why not, and what is left', async () => {
  const refusal = (status: number, message: string) => answer(status, JSON.stringify({ code: 'CODE', message }));
  const made = { id: 'dst_1', name: 'made', type: 'websocket', enabled: true, archived_at: null };
  hawser.behave = (webhook, response) => {
    const { method, url } = webhook;
    const answers: Record<string, ReturnType<typeof answer>> = {
      'POST /hook/v1/destinations': answer(201, JSON.stringify(made)),
      'POST /hook/v1/connections': refusal(409, 'too many connections'),
      'DELETE /hook/v1/destinations/dst_1': refusal(500, 'out of order'),
    };
    const none = answer(200, '{"connections":[],"cursor":null,"has_more":false}');
    (answers[`${method} ${url}`] ?? none)(webhook, response);
  };
  const api = new Api({ url: hawser.url, apiKey: '', organization: undefined });
  const to = new URL('http://127.0.0.1:3000');
  const opening = ListenSession.open(api, {
    sources: [{ id: 'src_1', name: 'shop' }],
    to,
    programSeconds: 30,
    name: undefined,
  });
  await expect(opening).rejects.toMatchObject({
    message: 'too many connections',
    details: { hint: 'its destination is still there: hawser destinations delete dst_1 --yes' },
  });
});
