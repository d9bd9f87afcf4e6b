import { randomUUID } from 'node:crypto';
import { CreateQueueCommand, GetQueueAttributesCommand, type QueueAttributeName, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, it } from 'vitest';
import { ManualClock } from '../../clock.ts';
import { Database } from '../../database.ts';
import { type BehaviourTarget, behaviourTarget } from '../../testing/behaviour-target.ts';
import { Sqs } from '../sqs.ts';
import { exceptionsOf } from './exceptions.ts';

/** Other implementations run in real time. Rules that take longer than this run against the embedded service only. */
const MAX_REAL_WAIT_MS = 5000;
const isElsewhere = process.env.HAWSER_BEHAVIOUR_SQS_ENDPOINT !== undefined;
const exceptions = exceptionsOf(process.env.HAWSER_BEHAVIOUR_SQS_NAME);

/** The tools of a rule in the SQS suite. */
export interface SqsSuite {
  readonly client: () => SQSClient;
  /** Lets time pass: simulated in the embedded service, by waiting for other implementations. */
  advance(ms: number): Promise<void>;
  /** Resolves once a receive that was sent before is waiting in the service. */
  untilWaiting(): Promise<void>;
  /** Creates a queue with a unique name. */
  makeQueue(attributes?: Partial<Record<QueueAttributeName, string>>): Promise<string>;
  attributesOf(queueUrl: string): Promise<Partial<Record<string, string>>>;
}

/** Starts the service for one test file. */
export function sqsSuite(): SqsSuite {
  const clock = new ManualClock();
  let target: BehaviourTarget;
  let client: SQSClient;
  beforeAll(async () => {
    const database = new Database(':memory:');
    const options = { database, clock, region: 'us-east-1', endpointUrl: 'http://127.0.0.1:4101' };
    target = await behaviourTarget('SQS', () => new Sqs(options).wire);
    client = new SQSClient({ ...target.client, maxAttempts: 1 });
  });
  afterAll(async () => {
    client.destroy();
    await target.close();
  });
  const attributesOf = async (QueueUrl: string) => {
    const { Attributes } = await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));
    return Attributes ?? {};
  };
  return {
    client: () => client,
    advance: (ms) => (isElsewhere ? sleep(ms) : clock.advance(ms)),
    async untilWaiting() {
      if (isElsewhere) return sleep(300);
      while (clock.nextDueMs() === undefined) await new Promise(setImmediate);
    },
    async makeQueue(Attributes = {}) {
      const QueueName = `hawser-${randomUUID()}`;
      const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName, Attributes }));
      if (!QueueUrl) throw new Error('CreateQueue returned no URL');
      return QueueUrl;
    },
    attributesOf,
  };
}

/**
 * One rule of the suite. Skipped if the implementation under test is known to differ (see exceptions.ts), and, unless that is the
 * embedded service, if it takes longer than a test can wait.
 */
export function rule(name: string, passesMs: number, run: () => Promise<void>): void {
  const isTooLong = isElsewhere && passesMs > MAX_REAL_WAIT_MS;
  it.skipIf(isTooLong || exceptions.has(name))(name, run);
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
