import { request } from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type HttpServer, startHttpServer } from '../support/http-server.ts';
import { cli, hawser, withStack } from './stack.ts';

/** What is shown once is shown, also where the answer with it is lost on the way. */

withStack();
let between: HttpServer;
/** The paths of POSTs whose answer is to be lost, or was. */
const losing = new Set<string>();
const lost: string[] = [];

beforeAll(async () => {
  between = await startHttpServer((message, reply) => {
    const { method = '', url = '', headers } = message;
    const asked = request(`${hawser.url}${url}`, { method, headers }, (answer) => {
      if (method === 'POST' && losing.delete(url)) {
        lost.push(url);
        reply.destroy();
        return;
      }
      answer.pipe(reply.writeHead(answer.statusCode ?? 500, answer.headers));
    });
    message.pipe(asked);
  });
});
afterAll(() => between?.[Symbol.asyncDispose]());

/** What a command prints that loses the answer to a POST of this path. */
async function losingAnswer(path: string, ...args: string[]): Promise<string> {
  losing.add(path);
  const { code, stdout, stderr } = await cli.with({ HAWSER_URL: between.url }).run(args);
  expect([code, lost.pop()], stderr).toEqual([0, path]);
  return stdout;
}

const secretOf = async (id: string) => (await cli.json<{ secret: string }>('destinations', 'get', id)).secret;
const shownOf = (secret: string) => `••••${secret.slice(-4)}`;

it('rotate-secret gives another secret once, and prints it', async () => {
  const made = await cli.json<{ id: string; secret: string }>('destinations', 'create', 'http://127.0.0.1:9000/');
  const path = `/v1/destinations/${made.id}/rotate-secret`;
  const secret = (await losingAnswer(path, 'destinations', 'rotate-secret', made.id, '--yes')).trim();
  expect(secret).toMatch(/^whsec_/);
  expect(await secretOf(made.id)).toBe(shownOf(secret));
});

it.each([
  ['alone', false],
  ['with a connection', true],
])('a destination that is made %s is made once, and its secret printed', async (name, isConnected) => {
  const create = ['destinations', 'create', 'http://127.0.0.1:9000/', '--name', name, '--json'];
  let path = '/v1/destinations';
  if (isConnected) {
    const { id } = await cli.json('sources', 'create', 'its source');
    create.push('--source', String(id));
    path = `/v1/sources/${id}/destinations`;
  }
  const { id, secret } = JSON.parse(await losingAnswer(path, ...create));
  const { destinations } = await cli.json<{ destinations: { id: string }[] }>('destinations', 'list', '--search', name);
  expect(destinations).toMatchObject([{ id }]);
  expect(await secretOf(id)).toBe(shownOf(secret));
});

it('a key is made once, and printed', async () => {
  const key = (await losingAnswer('/v1/api-keys', 'keys', 'create', 'once', '--scope', 'write')).trim();
  const { api_keys } = await cli.json<{ api_keys: { name: string; key: string }[] }>('keys', 'list');
  expect(api_keys.filter(({ name }) => name === 'once')).toMatchObject([{ key: shownOf(key) }]);
});
