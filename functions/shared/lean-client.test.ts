import { setFlagsFromString } from 'node:v8';
import { DynamoDBClient, type DynamoDBClientConfig, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { leanClient } from './lean-client.ts';

type RequestHandler = NonNullable<DynamoDBClientConfig['requestHandler']>;

interface SentRequest {
  readonly headers: Record<string, string>;
  readonly body: unknown;
}

/** Takes the requests of a client in the place of AWS, which dates its answers. */
class Wire {
  readonly requests: SentRequest[] = [];
  /** How far AWS's clock is ahead. A request that is signed with another time is refused. */
  aheadMs = 0;

  async handle(request: SentRequest) {
    this.requests.push(request);
    const nowMs = Date.now() + this.aheadMs;
    const headers = { date: new Date(nowMs).toUTCString() };
    const { 'x-amz-date': signedAt = amzDate(nowMs) } = request.headers;
    if (signedAt === amzDate(nowMs)) {
      return { response: { statusCode: 200, headers, body: Buffer.from('{}') } };
    }
    const body = Buffer.from('{"__type":"InvalidSignatureException","message":"Signature expired"}');
    return { response: { statusCode: 400, headers, body } };
  }

  updateHttpClientConfig(): void {}

  httpHandlerConfigs(): object {
    return {};
  }
}

function amzDate(ms: number): string {
  return new Date(ms).toISOString().replace(/[-:]|\.\d+/g, '');
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
  vi.unstubAllEnvs();
});

function optionsOf(more: DynamoDBClientConfig = {}): DynamoDBClientConfig {
  return { region, credentials, requestHandler: wire as unknown as RequestHandler, ...more };
}

function makeLean(more: DynamoDBClientConfig = {}): DynamoDBClient {
  return leanClient(DynamoDBClient, { cacheMiddleware: true, ...optionsOf(more) });
}

function sameId<Arguments extends { request: unknown }, Answer>(next: (args: Arguments) => Promise<Answer>) {
  return (args: Arguments) => {
    const { headers } = args.request as SentRequest;
    headers['amz-sdk-invocation-id'] = 'the same for both';
    return next(args);
  };
}

/** What differs from call to call, and what a lean client leaves out. */
function alike(client: DynamoDBClient): DynamoDBClient {
  client.middlewareStack.remove('getUserAgentMiddleware');
  const place = { relation: 'before', toMiddleware: 'httpSigningMiddleware', name: 'sameId' } as const;
  client.middlewareStack.addRelativeTo(sameId, place);
  return client;
}

test("requests equal the SDK's byte for byte, including the signature", async () => {
  await alike(new DynamoDBClient(optionsOf())).send(put());
  await alike(makeLean()).send(put());
  const [plain, lean] = wire.requests;
  expect(lean?.body).toEqual(plain?.body);
  const { 'user-agent': userAgent, ...headers } = lean?.headers ?? {};
  expect(headers).toEqual(plain?.headers);
  expect(headers.authorization).toMatch(/^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/20261126\/eu-central-1\/dynamodb\//);
  expect(userAgent).toBeDefined();
});

test('a call to a queue has the service sqs in its signature', async () => {
  const requestHandler = wire as unknown as RequestHandler;
  const client = leanClient(SQSClient, { region, credentials, md5: false, requestHandler });
  await client.send(
    new SendMessageCommand({ QueueUrl: `https://sqs.${region}.amazonaws.com/1/q`, MessageBody: 'hello' }),
  );
  expect(wire.requests[0]?.headers.authorization).toContain(`/20261126/${region}/sqs/aws4_request`);
});

test('renewed credentials sign the next request', async () => {
  let generation = 1;
  const renewed = async () => ({ ...credentials, accessKeyId: `AKID${generation++}`, expiration: new Date() });
  const client = makeLean({ credentials: renewed });
  await client.send(put());
  await client.send(put());
  const [first, second] = wire.requests.map(({ headers }) => /Credential=(\w+)/.exec(headers.authorization ?? '')?.[1]);
  expect(first).not.toBe(second);
});

test('a wrong clock is corrected by the clock of AWS, and stays corrected', async () => {
  const client = makeLean();
  wire.aheadMs = 3_600_000;
  await client.send(put());
  await client.send(put());
  const dates = wire.requests.map(({ headers }) => headers['x-amz-date']);
  expect(dates).toEqual(['20261126T120000Z', '20261126T130000Z', '20261126T130000Z']);
});

test("the endpoint of an account equals the SDK's", async () => {
  const ofAccount = { credentials: { ...credentials, accountId: '123456789012' } };
  await new DynamoDBClient(optionsOf(ofAccount)).send(put());
  await makeLean(ofAccount).send(put());
  const [plain, lean] = wire.requests.map(({ headers }) => headers.host);
  expect(lean).toBe(plain);
  expect(lean).toContain('123456789012');
});

test('the signature has the current day, whatever day the client was made on', async () => {
  const client = makeLean();
  await client.send(put());
  vi.setSystemTime(Date.UTC(2026, 10, 27, 1));
  await client.send(put());
  expect(wire.requests[1]?.headers.authorization).toContain('/20261127/');
});

test('a signer that could not be made is tried again at the next request', async () => {
  let asked = 0;
  const signer = async () => {
    if (++asked === 1) throw new Error('no metadata');
    return { sign: async <Request>(request: Request) => request };
  };
  const client = makeLean({ signer: signer as NonNullable<DynamoDBClientConfig['signer']>, maxAttempts: 1 });
  await expect(client.send(put())).rejects.toThrow('no metadata');
  await client.send(put());
  await client.send(put());
  expect(wire.requests).toHaveLength(2);
  expect(asked).toBe(2);
});

test("the user agent is the SDK's without the metrics of each request", async () => {
  vi.stubEnv('AWS_EXECUTION_ENV', 'AWS_Lambda_nodejs24.x (β)');
  const named = { userAgentAppId: 'hawser of Zoë' };
  await new DynamoDBClient(optionsOf(named)).send(put());
  const client = makeLean(named);
  await client.send(put());
  await client.send(put());
  const [plain, ...lean] = wire.requests.map(({ headers }) => headers['user-agent']?.split(' '));
  expect(plain).toContainEqual(expect.stringMatching(/^m\//));
  for (const parts of lean)
    expect(parts?.toSorted()).toEqual(plain?.filter((part) => !part.startsWith('m/')).toSorted());
  expect(wire.requests.at(-1)?.headers).not.toHaveProperty('x-amz-user-agent');
});

test('the configuration has fast properties in V8, because each request copies it', async () => {
  setFlagsFromString('--allow-natives-syntax');
  const hasFastProperties = new Function('object', 'return %HasFastProperties(object)');
  const requestHandler = wire as unknown as RequestHandler;
  const sqs = leanClient(SQSClient, { region, credentials, md5: false, requestHandler });
  const dynamodb = makeLean();
  const documents = leanClient(DynamoDBClient, optionsOf());
  DynamoDBDocumentClient.from(documents);
  for (let call = 0; call < 2; call++) {
    await sqs.send(
      new SendMessageCommand({ QueueUrl: `https://sqs.${region}.amazonaws.com/1/q`, MessageBody: 'hello' }),
    );
    for (const client of [dynamodb, documents]) await client.send(put());
  }
  for (const { config } of [sqs, dynamodb, documents]) expect(hasFastProperties(config)).toBe(true);
  // Once this fails, the SDK does by itself what toFastProperties is for.
  expect(hasFastProperties(new DynamoDBClient(optionsOf()).config)).toBe(false);
});
