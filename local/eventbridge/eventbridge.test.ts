import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { ManualClock } from '../clock.ts';
import { Database } from '../database.ts';
import { Sqs } from '../sqs/sqs.ts';
import { parseDetail } from './event-detail.ts';
import { EventBridge } from './eventbridge.ts';

const folder = mkdtempSync(join(tmpdir(), 'hawser-events-'));
const clock = new ManualClock();
let database: Database | undefined;

afterAll(() => {
  database?.close();
  rmSync(folder, { recursive: true, force: true });
});

function open() {
  database?.close();
  database = new Database(join(folder, 'hawser.db'));
  const common = { database, clock, region: 'us-east-1' };
  const sqs = new Sqs({ ...common, endpointUrl: 'http://127.0.0.1:4101' });
  return { sqs, eventBridge: new EventBridge({ ...common, sqs }) };
}

const event = (busName: string, detail: string) => ({
  busName,
  source: 'hawser',
  detailType: 't',
  detail: parseDetail(detail) ?? expect.fail(`${detail} is no detail`),
  resources: [],
  timeMs: clock.nowMs(),
  traceHeader: undefined,
});

it('buses and rules outlive the process', async () => {
  const first = open();
  const { queueArn } = first.sqs.ensureQueue({ name: 'q', attributes: {} });
  const { arn } = first.eventBridge.ensureEventBus({ name: 'ops' });
  const rule = {
    name: 'r',
    eventBusName: 'ops',
    eventPattern: { source: ['hawser'] },
    targets: [{ Id: 'q', Arn: queueArn }],
  };
  const made = first.eventBridge.ensureRule(rule);

  const second = open();
  expect(second.eventBridge.ensureEventBus({ name: 'ops' })).toEqual({ arn });
  expect(second.eventBridge.ensureRule(rule)).toEqual(made);
  await second.eventBridge.putEvent(event('ops', '{}'));
  expect(await second.sqs.receiveMessages(queueArn, { maxMessages: 10, waitTimeMs: 0 })).toHaveLength(1);
});

it('a rule that is ensured again has exactly the targets given', () => {
  const { eventBridge, sqs } = open();
  const { queueArn } = sqs.ensureQueue({ name: 'q2', attributes: {} });
  const rule = (ids: string[]) => ({
    name: 'exact',
    eventPattern: { source: ['x'] },
    targets: ids.map((Id) => ({ Id, Arn: queueArn })),
  });
  eventBridge.ensureRule(rule(['a', 'b']));
  eventBridge.ensureRule(rule(['c']));
  expect(eventBridge.rule('default', 'exact').targets.map(({ Id }) => Id)).toEqual(['c']);
});

it('the detail reaches targets in its original spelling', async () => {
  const { eventBridge, sqs } = open();
  const { queueArn } = sqs.ensureQueue({ name: 'spelled', attributes: {} });
  eventBridge.ensureEventBus({ name: 'spelling' });
  const eventPattern = { detail: { a: [1] } };
  eventBridge.ensureRule({ name: 'r', eventBusName: 'spelling', eventPattern, targets: [{ Id: 'q', Arn: queueArn }] });
  const detail = '{ "float": 1.10, "huge": 1e400,\n  "twice": 1, "twice": "\\u00e9", "a": 1 }';
  await eventBridge.putEvent(event('spelling', detail));
  const [message] = await sqs.receiveMessages(queueArn, { maxMessages: 1, waitTimeMs: 0 });
  expect(message?.body).toContain(`,"resources":[],"detail":${detail}}`);
});
