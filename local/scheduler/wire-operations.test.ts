import { afterEach, beforeEach, expect, it } from 'vitest';
import { ManualClock } from '../clock.ts';
import { Database } from '../database.ts';
import { Sqs } from '../sqs/sqs.ts';
import { AwsEndpoint } from '../wire/endpoint.ts';
import { Scheduler } from './scheduler.ts';

const clock = new ManualClock();
let database: Database;
let endpoint: AwsEndpoint;

beforeEach(() => {
  database = new Database(':memory:');
  const sqs = new Sqs({ database, clock, region: 'eu-west-1', endpointUrl: 'http://127.0.0.1:4101' });
  endpoint = new AwsEndpoint([new Scheduler({ database, clock, region: 'eu-west-1', sqs }).wire]);
});
afterEach(() => database.close());

async function create(name: string, StartDate: number): Promise<number> {
  const schedule = {
    ScheduleExpression: 'rate(1 hours)',
    StartDate,
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: { Arn: 'arn:aws:sqs:eu-west-1:000000000000:q', RoleArn: 'arn:aws:iam::000000000000:role/r' },
  };
  const { status } = await endpoint.handle({
    method: 'POST',
    url: `/schedules/${name}`,
    headers: { authorization: 'Credential=local/20260101/eu-west-1/scheduler/aws4_request' },
    body: Buffer.from(JSON.stringify(schedule)),
  });
  return status;
}

it('a date with a fraction of a millisecond is accepted, and breaks no write beside it', async () => {
  const beside = database.write(() => 'done');
  expect(await create('a', clock.nowMs() / 1000 + 100.123_45)).toBe(200);
  expect(await beside).toBe('done');
});

it('an unknown query parameter is refused, even one whose name means something in JavaScript', async () => {
  const { status, body } = await endpoint.handle({
    method: 'GET',
    url: '/schedules?constructor=x',
    headers: { authorization: 'Credential=local/20260101/eu-west-1/scheduler/aws4_request' },
    body: Buffer.alloc(0),
  });
  expect([status, JSON.parse(String(body)).Message]).toEqual([501, expect.stringContaining('constructor of')]);
});

it('an invalid date, and a name that is not percent-encoded UTF-8, are refused', async () => {
  expect(await create('a', 1e300)).toBe(400);
  expect(await create('%zz', clock.nowMs() / 1000)).toBe(400);
});
