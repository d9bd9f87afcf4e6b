/**
 * Measures the CPU time that the SDK itself takes for a call, with three clients: as it comes, with the two options that were used before
 * `leanClient`, and as `leanClient` makes it. Run it with `npx node bench/sdk-call.ts`.
 * The call is the ingest function's PutItem. Nothing is sent, so only work on this side is measured. The clients take turns, so
 * that a machine whose speed changes affects all of them alike. V8 sees the objects of all three in the same code, so a lean
 * client is somewhat slower here than on its own.
 */
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { leanClient, withoutLog } from '../functions/shared/lean-client.ts';
import { percentile } from './report.ts';

const WARM_UP_CALLS = 5_000;
const ROUNDS = 40;
const CALLS = 500;

const response = {
  statusCode: 200,
  // AWS dates its responses, and the SDK compares clocks.
  headers: { 'content-type': 'application/x-amz-json-1.0', date: new Date().toUTCString() },
  body: Buffer.from('{"ConsumedCapacity":{"TableName":"events","CapacityUnits":1}}'),
};
const options = {
  region: 'eu-central-1',
  credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'a secret', sessionToken: 'a token' },
  requestHandler: {
    handle: async () => ({ response }),
    updateHttpClientConfig() {},
    httpHandlerConfigs: () => ({}),
  },
};
const clients = {
  'as it comes': new DynamoDBClient(options),
  'without log, middleware cached': withoutLog(new DynamoDBClient({ ...options, cacheMiddleware: true })),
  leanClient: leanClient(DynamoDBClient, { ...options, cacheMiddleware: true }),
};

const put = () =>
  new PutItemCommand({
    TableName: 'events',
    Item: {
      id: { S: 'evt_01a201474fdd7e078ffdd0b2d2094ffe' },
      org_id: { S: 'org_01a201474e377636aae23f36d2094ffe' },
      source_id: { S: 'src_01a201474e377636aae23f36d2094ffe' },
      request: { B: Buffer.alloc(400, 'deflated') },
      expires_at: { N: '1790000000' },
    },
    ConditionExpression: 'attribute_not_exists(id)',
  });

/** CPU microseconds a call, of all threads. */
async function measure(client: DynamoDBClient, calls: number): Promise<number> {
  const before = process.cpuUsage();
  for (let call = 0; call < calls; call++) await client.send(put());
  const { user, system } = process.cpuUsage(before);
  return (user + system) / calls;
}

function median(samples: readonly number[]): number {
  return percentile(
    samples.toSorted((one, other) => one - other),
    0.5,
  );
}

for (const client of Object.values(clients)) await measure(client, WARM_UP_CALLS);
const samples = Object.entries(clients).map(([name, client]) => ({ name, client, cpuUs: [] as number[] }));
for (let round = 0; round < ROUNDS; round++) {
  for (const { client, cpuUs } of samples) cpuUs.push(await measure(client, CALLS));
}
const [first] = samples;
for (const { name, cpuUs } of samples) {
  const share = median(cpuUs) / median(first?.cpuUs ?? []);
  console.log(`${name}: ${median(cpuUs).toFixed(0)} µs of CPU a call, ${share.toFixed(2)} of the first`);
}
