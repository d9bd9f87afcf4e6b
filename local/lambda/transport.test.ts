import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../clock.ts';
import { AwsEndpoint } from '../wire/endpoint.ts';
import type { WireRequest, WireResponse, WireService } from '../wire/wire.ts';
import type { InvokeResult } from './function-spec.ts';
import { writeFunction } from './functions.fixture.ts';
import { LambdaRunner } from './runner.ts';

/** Bundled as the stack bundles its functions. Each scenario is a function of the event's `scenario`. */
const SOURCE = `
  import { createHash } from 'node:crypto';
  import dns from 'node:dns';
  import http from 'node:http';
  import { Readable } from 'node:stream';
  import { text } from 'node:stream/consumers';
  import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
  import { S3Client, GetObjectCommand, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
  import { SQSClient, SendMessageCommand } from '@aws-sdk/client-sqs';

  const dynamodb = new DynamoDBClient();
  const s3 = new S3Client({ forcePathStyle: true });
  const sqs = new SQSClient();
  const endpoint = process.env.AWS_ENDPOINT_URL;
  const signed = { authorization: 'AWS4-HMAC-SHA256 Credential=A/20260101/eu-west-1/s3/aws4_request' };
  const described = (error) => ({ name: error.name, code: error.code, message: error.message, status: error.$metadata?.httpStatusCode });

  const scenarios = {
    json: () => dynamodb.send(new PutItemCommand({ TableName: 't', Item: { id: { S: 'ü' } } })),
    refused: () => dynamodb.send(new PutItemCommand({ TableName: 'refused', Item: {} })),
    queueUrl: () => sqs.send(new SendMessageCommand({ QueueUrl: endpoint + '/000000000000/q', MessageBody: 'hello' })),
    emptyObject: () => s3.send(new PutObjectCommand({ Bucket: 'b', Key: 'empty', Body: '' })),
    largeObject: () => s3.send(new PutObjectCommand({ Bucket: 'b', Key: 'k/ü', Body: Buffer.alloc(3_000_000, 'abc') })),
    viewOfABuffer: () => s3.send(new PutObjectCommand({ Bucket: 'b', Key: 'v', Body: Buffer.from('hello world').subarray(6) })),
    stream: () => s3.send(new PutObjectCommand({ Bucket: 'b', Key: 's', Body: Readable.from([Buffer.from('one '), Buffer.from('two')]), ContentLength: 7 })),
    download: async () => createHash('sha1').update(await (await s3.send(new GetObjectCommand({ Bucket: 'b', Key: 'bytes' }))).Body.transformToByteArray()).digest('hex'),
    head: async () => { const { ContentLength, ETag } = await s3.send(new HeadObjectCommand({ Bucket: 'b', Key: 'bytes' })); return { ContentLength, ETag }; },
    retried: async () => (await s3.send(new PutObjectCommand({ Bucket: 'b', Key: 'retried', Body: Buffer.alloc(100_000, 1) }))).$metadata.attempts,
    aborted: () => s3.send(new GetObjectCommand({ Bucket: 'b', Key: 'slow' }), { abortSignal: AbortSignal.timeout(20) }),
    requestTimeout: () => new S3Client({ forcePathStyle: true, maxAttempts: 1, requestHandler: { requestTimeout: 20, throwOnRequestTimeout: true } })
      .send(new GetObjectCommand({ Bucket: 'b', Key: 'slow' })),
    socketTimeout: () => new S3Client({ forcePathStyle: true, maxAttempts: 1, requestHandler: { socketTimeout: 20, connectionTimeout: 10 } })
      .send(new GetObjectCommand({ Bucket: 'b', Key: 'slow' })),
    patient: async () => Buffer.from(await (await new S3Client({ forcePathStyle: true, requestHandler: { connectionTimeout: 20 } })
      .send(new GetObjectCommand({ Bucket: 'b', Key: 'slow' }))).Body.transformToByteArray()).length,
    byUrl: () => new Promise((resolve, reject) => {
      const request = http.request(new URL('/b/bytes?x=1', endpoint), { method: 'PUT', headers: { ...signed, 'X-Twice': ['a', 'b'] } }, async (response) =>
        resolve({ status: response.statusCode, message: response.statusMessage, header: response.headers['x-kind'], length: (await text(response)).length, complete: response.complete }));
      request.on('error', reject);
      request.write('first ');
      request.write(Buffer.from('second'));
      request.end();
    }),
    events: () => new Promise((resolve) => {
      const seen = [];
      const request = http.request(endpoint + '/b/bytes', { headers: signed });
      for (const name of ['socket', 'finish', 'response', 'error']) request.on(name, () => seen.push(name));
      request.on('response', (response) => response.resume().on('end', () => seen.push('end')));
      request.on('close', () => resolve([...seen, 'close']));
      request.end();
    }),
    unheard: () => new Promise((resolve) => {
      const request = http.request(endpoint + '/b/bytes', { headers: signed });
      request.on('close', () => resolve('closed'));
      request.end();
    }),
    destroyed: () => new Promise((resolve) => {
      const request = http.request(endpoint + '/b/slow', { headers: signed });
      request.on('error', (error) => request.on('close', () => resolve(described(error))));
      request.end();
      setTimeout(() => request.destroy(), 10);
    }),
    timeoutEvent: () => new Promise((resolve) => {
      const request = http.request(endpoint + '/b/slow', { headers: signed });
      request.setTimeout(10, () => request.destroy(new Error('too slow')));
      request.on('error', (error) => resolve(described(error)));
      request.end();
    }),
    elsewhere: ({ url }) => new Promise((resolve, reject) => {
      http.request(url, async (response) => resolve(await text(response))).on('error', reject).end();
    }),
    delivered: () => new Promise((resolve, reject) => {
      const headers = ['Host', new URL(endpoint).host, 'Authorization', signed.authorization, 'X-Hawser-Delivery-Id', 'dlv_1'];
      const request = http.request(new URL('/b/bytes', endpoint), { headers, lookup: dns.lookup }, async (response) =>
        resolve({ status: response.statusCode, body: await text(response) }));
      request.on('error', reject).end();
    }),
    listed: () => new Promise((resolve, reject) => {
      const headers = ['Host', new URL(endpoint).host, 'Authorization', signed.authorization];
      http.request(new URL('/b/bytes', endpoint), { headers }, (response) => resolve(response.statusCode)).on('error', reject).end();
    }),
    fetched: async () => (await fetch(endpoint + '/b/bytes', { headers: signed })).status,
  };

  export const handler = async (event) => {
    try {
      const output = await scenarios[event.scenario](event);
      if (output.$metadata) delete output.$metadata;
      return output;
    } catch (error) {
      return described(error);
    }
  };`;

const BYTES = Uint8Array.from({ length: 70_000 }, (_, index) => index % 256);
let requests: WireRequest[] = [];
let folder: string;
let server: Server;
let elsewhere: Server;
const runners = new Map<string, { runner: LambdaRunner; arn: string }>();

/** Records its requests and responds by their path. */
function recordingService(signingName: string): WireService {
  const responses: readonly [RegExp, () => WireResponse | Promise<WireResponse>][] = [
    [/bytes/, () => ({ status: 200, headers: { 'X-Kind': 'bytes', ETag: '"e"' }, body: BYTES })],
    [/slow/, () => new Promise((resolve) => setTimeout(resolve, 100, { status: 200, headers: {}, body: 'at last' }))],
    [/retried/, () => ({ status: requests.length < 2 ? 503 : 200, headers: {}, body: '' })],
  ];
  return {
    signingName,
    handle: async (request) => {
      requests.push(request);
      if (Buffer.from(request.body).includes('refused')) {
        const body = JSON.stringify({ __type: 'com.amazonaws#ValidationException', message: 'refused: ü' });
        return { status: 400, headers: { 'content-type': 'application/x-amz-json-1.0' }, body };
      }
      const found = responses.find(([path]) => path.test(request.url))?.[1];
      return found ? found() : { status: 200, headers: {}, body: signingName === 's3' ? '' : '{}' };
    },
    errorResponse: (error) => ({ status: error.status, headers: {}, body: '' }),
  };
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hawser-transport-'));
  const { outputFiles } = await build({
    stdin: { contents: SOURCE, resolveDir: import.meta.dirname },
    bundle: true,
    format: 'esm',
    platform: 'node',
    mainFields: ['module', 'main'],
    banner: { js: `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);` },
    write: false,
  });
  const source = outputFiles[0]?.text ?? '';
  elsewhere = createServer((_request, response) => response.end('somewhere else'));
  await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
  const endpoint = new AwsEndpoint(['dynamodb', 's3', 'sqs'].map(recordingService));
  server = await endpoint.listen(0);
  const endpointUrl = addressOf(server);
  for (const transport of ['http', 'in-process'] as const) {
    const runner = new LambdaRunner({ clock: systemClock, endpoint, endpointUrl, region: 'eu-west-1', transport });
    const spec = writeFunction(folder, { source, spec: { name: transport, memoryMb: 256 } });
    runner.ensureFunction(spec);
    runners.set(transport, { runner, arn: spec.arn });
  }
});

afterAll(async () => {
  for (const { runner } of runners.values()) await runner.close();
  server.close();
  elsewhere.close();
  rmSync(folder, { recursive: true });
});

beforeEach(() => {
  requests = [];
});

function addressOf(server: Server): string {
  const address = server.address();
  return typeof address === 'object' && address ? `http://127.0.0.1:${address.port}` : '';
}

async function run(transport: string, scenario: string): Promise<unknown> {
  const { runner, arn } = runners.get(transport) ?? {};
  if (!runner || !arn) throw new Error(`no runner for ${transport}`);
  const result: InvokeResult = await runner.invoke(arn, JSON.stringify({ scenario, url: addressOf(elsewhere) }));
  return result.ok ? JSON.parse(result.payload) : result;
}

describe.each(['http', 'in-process'])('over %s', (transport) => {
  test.each([
    ['json', {}],
    ['refused', { name: 'ValidationException', message: 'refused: ü', status: 400 }],
    ['queueUrl', {}],
    ['emptyObject', {}],
    ['largeObject', {}],
    ['viewOfABuffer', {}],
    ['stream', {}],
    ['download', createHash('sha1').update(BYTES).digest('hex')],
    ['head', { ContentLength: 70_000, ETag: '"e"' }],
    ['retried', 2],
    ['aborted', { name: 'AbortError', message: expect.any(String) }],
    ['requestTimeout', { name: 'TimeoutError' }],
    ['socketTimeout', { name: 'TimeoutError' }],
    ['patient', 7],
    ['byUrl', { status: 200, message: 'OK', header: 'bytes', length: expect.any(Number), complete: true }],
    ['events', ['socket', 'finish', 'response', 'end', 'close']],
    ['unheard', 'closed'],
    ['destroyed', { name: 'Error', code: 'ECONNRESET', message: 'socket hang up' }],
    ['timeoutEvent', { name: 'Error', message: 'too slow' }],
    ['elsewhere', 'somewhere else'],
    ['delivered', { status: 403, body: expect.stringContaining('deliveries are refused') }],
    ['listed', 200],
    ['fetched', 200],
  ])('the scenario "%s" has the outcome that a network client expects', async (scenario, expected) => {
    const outcome = await run(transport, scenario);
    if (typeof expected === 'object' && !Array.isArray(expected)) expect(outcome).toMatchObject(expected);
    else expect(outcome).toEqual(expected);
  });
});

describe('the bytes', () => {
  test.each([
    'json',
    'refused',
    'queueUrl',
    'emptyObject',
    'largeObject',
    'viewOfABuffer',
    'stream',
    'download',
    'head',
    'retried',
    'byUrl',
  ])('a service receives the same bytes over HTTP and in process: %s', async (scenario) => {
    await run('http', scenario);
    const overHttp = requests.map(comparable);
    requests = [];
    await run('in-process', scenario);
    expect(requests.map(comparable)).toEqual(overHttp);
    expect(overHttp.length).toBeGreaterThan(0);
  });
});

/** A request without the parts that differ each time or belong to the connection. */
function comparable({ method, url, headers, body }: WireRequest) {
  const { connection, 'x-amz-date': date, ...rest } = headers;
  return {
    method,
    url,
    headers: {
      ...rest,
      authorization: rest.authorization?.replace(/Credential=\w+\/\d{8}\/|Signature=.*/g, ''),
      'amz-sdk-invocation-id': rest['amz-sdk-invocation-id'] && 'some',
    },
    body: Buffer.from(body).toString('base64'),
  };
}
