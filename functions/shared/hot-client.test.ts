import { setFlagsFromString } from 'node:v8';
import { DynamoDBClient, type DynamoDBClientConfig, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { hotClient, hotOptions } from './hot-client.ts';

type RequestHandler = NonNullable<DynamoDBClientConfig['requestHandler']>;

interface SentRequest {
  readonly headers: Record<string, string>;
  readonly body: unknown;
}

/** Takes the requests of a client in the place of AWS. */
class Wire {
  readonly requests: SentRequest[] = [];

  async handle(request: SentRequest) {
    this.requests.push(request);
    return { response: { statusCode: 200, headers: {}, body: Buffer.from('{}') } };
  }

  updateHttpClientConfig(): void {}

  httpHandlerConfigs(): object {
    return {};
  }
}

const region = 'eu-central-1';
const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'a secret', sessionToken: 'a token' };
const put = () =>
  new PutItemCommand({ TableName: 'events', Item: { id: { S: 'evt_ü' }, request: { B: Buffer.alloc(3000, 7) } } });

let wire: Wire;

beforeEach(() => {
  wire = new Wire();
  vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2026, 10, 26, 12) });
});

afterEach(() => {
  vi.useRealTimers();
});

function optionsOf(more: DynamoDBClientConfig = {}): DynamoDBClientConfig {
  return { region, credentials, requestHandler: wire as unknown as RequestHandler, ...more };
}

function makeHot(more: DynamoDBClientConfig = {}): DynamoDBClient {
  return hotClient(new DynamoDBClient({ ...hotOptions, cacheMiddleware: true, ...optionsOf(more) }));
}

function sameId<Arguments extends { request: unknown }, Answer>(next: (args: Arguments) => Promise<Answer>) {
  return (args: Arguments) => {
    const { headers } = args.request as SentRequest;
    headers['amz-sdk-invocation-id'] = 'the same for both';
    return next(args);
  };
}

/** What differs from call to call, and what a hot client leaves out. */
function alike(client: DynamoDBClient): DynamoDBClient {
  client.middlewareStack.remove('getUserAgentMiddleware');
  const place = { relation: 'before', toMiddleware: 'httpSigningMiddleware', name: 'sameId' } as const;
  client.middlewareStack.addRelativeTo(sameId, place);
  return client;
}

test("requests are the SDK's, byte for byte and with its signature", async () => {
  await alike(new DynamoDBClient(optionsOf())).send(put());
  await alike(makeHot()).send(put());
  const [plain, hot] = wire.requests;
  expect(hot?.body).toEqual(plain?.body);
  const { 'user-agent': userAgent, ...headers } = hot?.headers ?? {};
  expect(headers).toEqual(plain?.headers);
  expect(headers.authorization).toMatch(/^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/20261126\/eu-central-1\/dynamodb\//);
  expect(userAgent).toBeDefined();
});

test('a queue is called with its own service in the signature', async () => {
  const requestHandler = wire as unknown as RequestHandler;
  const client = hotClient(new SQSClient({ ...hotOptions, region, credentials, md5: false, requestHandler }));
  await client.send(
    new SendMessageCommand({ QueueUrl: `https://sqs.${region}.amazonaws.com/1/q`, MessageBody: 'hello' }),
  );
  expect(wire.requests[0]?.headers.authorization).toContain(`/20261126/${region}/sqs/aws4_request`);
});

test('credentials that are renewed sign the next request', async () => {
  let generation = 1;
  const renewed = async () => ({ ...credentials, accessKeyId: `AKID${generation++}`, expiration: new Date() });
  const client = makeHot({ credentials: renewed });
  await client.send(put());
  await client.send(put());
  const [first, second] = wire.requests.map(({ headers }) => /Credential=(\w+)/.exec(headers.authorization ?? '')?.[1]);
  expect(first).not.toBe(second);
});

test('a later day is in the signature, whatever day the client was made on', async () => {
  const client = makeHot();
  await client.send(put());
  vi.setSystemTime(Date.UTC(2026, 10, 27, 1));
  await client.send(put());
  expect(wire.requests[1]?.headers.authorization).toContain('/20261127/');
});

test('a signer that could not be made is made for the next request', async () => {
  let asked = 0;
  const signer = async () => {
    if (++asked === 1) throw new Error('no metadata');
    return { sign: async <Request>(request: Request) => request };
  };
  const client = makeHot({ signer: signer as NonNullable<DynamoDBClientConfig['signer']>, maxAttempts: 1 });
  await expect(client.send(put())).rejects.toThrow('no metadata');
  await client.send(put());
  await client.send(put());
  expect(wire.requests).toHaveLength(2);
  expect(asked).toBe(2);
});

test('the user agent names the SDK and its version', async () => {
  const client = makeHot();
  await client.send(put());
  await client.send(put());
  for (const { headers } of wire.requests) {
    expect(headers).not.toHaveProperty('x-amz-user-agent');
    expect(headers['user-agent']).toMatch(/^aws-sdk-js\/\d+\.\d+\.\d+ .*\bos\/\w+#\S+ .*\bmd\/nodejs#\d+/);
  }
});

test('the configuration, which is copied for each request, is no hash table to V8', async () => {
  setFlagsFromString('--allow-natives-syntax');
  const hasFastProperties = new Function('object', 'return %HasFastProperties(object)');
  const client = makeHot();
  await client.send(put());
  await client.send(put());
  expect(hasFastProperties(new DynamoDBClient(optionsOf()).config)).toBe(false);
  expect(hasFastProperties(client.config)).toBe(true);
});
