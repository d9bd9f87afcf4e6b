import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  ForbiddenException,
  GetConnectionCommand,
  GoneException,
  PayloadTooLargeException,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../clock.ts';
import { behaviourTarget } from '../../testing/behaviour-target.ts';
import { serveWebSockets, TestClient } from '../../testing/web-sockets.ts';
import { WebSocketConnections } from '../connections.ts';
import { WebSocketGateway } from '../gateway.ts';

/**
 * The rules need no function. The API lets everybody in (it has no `$connect`) and takes no message (it has no `$default`), and
 * the response to a message without a route has the sender's connection id. To run against AWS, use an API with any one route that
 * no message selects, and `HAWSER_BEHAVIOUR_WEBSOCKET_ENDPOINT=https://{api}.execute-api.{region}.amazonaws.com/{stage}`.
 */
let endpoint: string;
let url: string;
let management: ApiGatewayManagementApiClient;
let close: () => Promise<void>;

beforeAll(async () => {
  const connections = new WebSocketConnections();
  const target = await behaviourTarget('WEBSOCKET', () => connections.wire);
  if (process.env.HAWSER_BEHAVIOUR_WEBSOCKET_ENDPOINT === undefined) {
    const spec = { apiId: 'api1', stageName: 'live', routes: new Map() };
    const runner = { invoke: () => Promise.reject(new Error('there is no function')) };
    const served = await serveWebSockets(new WebSocketGateway({ runner, clock: systemClock, spec, connections }));
    endpoint = `${target.client.endpoint}/live`;
    url = `ws://127.0.0.1:${served.port}/live`;
    close = async () => {
      await served.close();
      await target.close();
    };
  } else {
    endpoint = target.client.endpoint;
    url = endpoint.replace(/^http/, 'ws');
    close = target.close;
  }
  management = new ApiGatewayManagementApiClient({ ...target.client, endpoint, maxAttempts: 1 });
});

afterAll(async () => {
  management.destroy();
  await close();
});

/** A client that was let in, and its connection id as the API reports it. */
async function connected(): Promise<{ client: TestClient; ConnectionId: string }> {
  const client = await TestClient.connect(url);
  client.send('who am I?');
  const { connectionId: ConnectionId } = JSON.parse(await client.next());
  return { client, ConnectionId };
}

function post(ConnectionId: string, Data: string | Uint8Array) {
  return management.send(new PostToConnectionCommand({ ConnectionId, Data }));
}

describe('a message to a client', () => {
  it('a message arrives as it was sent, in a text frame', async () => {
    const { client, ConnectionId } = await connected();
    const isBinary = new Promise((resolve) => client.webSocket.once('message', (_, binary) => resolve(binary)));
    await post(ConnectionId, '{"big":12345678901234567890,"é":"✓"}');
    expect(await client.next()).toBe('{"big":12345678901234567890,"é":"✓"}');
    expect(await isBinary).toBe(false);
    client.webSocket.terminate();
  });

  it('messages arrive in the order in which they were sent', async () => {
    const { client, ConnectionId } = await connected();
    for (const text of ['one', 'two', 'three']) await post(ConnectionId, text);
    expect([await client.next(), await client.next(), await client.next()]).toEqual(['one', 'two', 'three']);
    client.webSocket.terminate();
  });

  it('a message may have 128 KB, and not a byte more', async () => {
    const { client, ConnectionId } = await connected();
    await post(ConnectionId, 'x'.repeat(131_072));
    expect(await client.next()).toHaveLength(131_072);
    await expect(post(ConnectionId, 'x'.repeat(131_073))).rejects.toThrow(PayloadTooLargeException);
    client.webSocket.terminate();
  });

  it('a message to a client that is gone is refused with GoneException', async () => {
    const { client, ConnectionId } = await connected();
    client.webSocket.close(1000);
    await client.closed;
    await expect.poll(() => post(ConnectionId, 'x').catch((error) => error)).toBeInstanceOf(GoneException);
  });

  it('a message to an unknown id is refused with GoneException', async () => {
    await expect(post('AAAAAAAAAAAAAAA=', 'x')).rejects.toThrow(GoneException);
  });

  it('a message to a malformed id is refused with BadRequestException', async () => {
    const refused = await post('someone', 'x').catch((error) => error);
    expect(refused).toMatchObject({ name: 'BadRequestException', $metadata: { httpStatusCode: 400 } });
    expect(refused.message).toContain('Invalid connectionId: someone');
  });

  it('a message under an unknown stage is refused with ForbiddenException', async () => {
    const { client, ConnectionId } = await connected();
    const elsewhere = new ApiGatewayManagementApiClient({
      credentials: management.config.credentials,
      region: await management.config.region(),
      endpoint: endpoint.replace(/[^/]+$/, 'elsewhere'),
    });
    const sending = elsewhere.send(new PostToConnectionCommand({ ConnectionId, Data: 'x' }));
    await expect(sending).rejects.toThrow(ForbiddenException);
    client.webSocket.terminate();
  });
});

describe('a connection', () => {
  it('a connection shows when it began, when it was last active, and from where', async () => {
    const { client, ConnectionId } = await connected();
    const found = await management.send(new GetConnectionCommand({ ConnectionId }));
    expect(found.ConnectedAt?.getTime()).toBeLessThanOrEqual(found.LastActiveAt?.getTime() ?? 0);
    expect(found.Identity?.SourceIp).toMatch(/^[\d.]+$/);
    client.webSocket.terminate();
  });

  it('DeleteConnection ends a connection for the client, and it is gone at once', async () => {
    const { client, ConnectionId } = await connected();
    await management.send(new DeleteConnectionCommand({ ConnectionId }));
    await expect(post(ConnectionId, 'x')).rejects.toThrow(GoneException);
    await expect(management.send(new GetConnectionCommand({ ConnectionId }))).rejects.toThrow(GoneException);
    await client.closed;
  });
});

describe('a client', () => {
  it('a client is admitted at the stage, with and without a trailing slash', async () => {
    for (const address of [url, `${url}/`, `${url}?key=1`]) {
      const client = await TestClient.connect(address);
      client.webSocket.terminate();
    }
  });

  it.each(['', '/elsewhere'])('a client is refused with 403 at the path "%s"', async (path) => {
    const wrong = url.replace(/\/[^/]+$/, path);
    await expect(TestClient.connect(wrong)).rejects.toThrow('Unexpected server response: 403');
  });

  it('a client whose message has no route gets an error and stays connected', async () => {
    const client = await TestClient.connect(url);
    for (const text of ['no JSON', '{"action":"unknown"}']) {
      client.send(text);
      expect(JSON.parse(await client.next())).toEqual({
        message: 'Forbidden',
        connectionId: expect.stringMatching(/^[\w-]{15}=$/),
        requestId: expect.stringMatching(/^[\w-]{15}=$/),
      });
    }
    client.webSocket.terminate();
  });

  it('a client that sends a binary frame is closed with 1003', async () => {
    const client = await TestClient.connect(url);
    client.send(Buffer.from('bytes'));
    expect((await client.closed).code).toBe(1003);
  });

  it('a client may send 128 KB in frames of 32 KB', async () => {
    const client = await TestClient.connect(url);
    const frame = 'x'.repeat(32_768);
    for (const fin of [false, false, false, true]) client.webSocket.send(frame, { fin });
    expect(JSON.parse(await client.next())).toMatchObject({ message: 'Forbidden' });
    client.webSocket.terminate();
  });

  it('a client that sends a frame of more than 32 KB is closed with 1009', async () => {
    const client = await TestClient.connect(url);
    client.send('x'.repeat(32_769));
    expect((await client.closed).code).toBe(1009);
  });

  it('a client that sends more than 128 KB in small frames is closed with 1009', async () => {
    const client = await TestClient.connect(url);
    const frame = 'x'.repeat(32_768);
    for (const fin of [false, false, false, false, true]) client.webSocket.send(frame, { fin });
    expect((await client.closed).code).toBe(1009);
  });
});
