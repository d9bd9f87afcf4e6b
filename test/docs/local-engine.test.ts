import { readFileSync } from 'node:fs';
import * as apiGatewayManagement from '@aws-sdk/client-apigatewaymanagementapi';
import * as dynamodb from '@aws-sdk/client-dynamodb';
import * as dynamodbStreams from '@aws-sdk/client-dynamodb-streams';
import * as eventbridge from '@aws-sdk/client-eventbridge';
import * as kms from '@aws-sdk/client-kms';
import * as secretsManager from '@aws-sdk/client-secrets-manager';
import * as sqs from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../local/clock.ts';
import { Database } from '../../local/database.ts';
import { createSimulators, wiresOf } from '../../local/simulators.ts';
import { AwsEndpoint } from '../../local/wire/endpoint.ts';
import { sectionOf } from './page.ts';

const page = readFileSync(new URL('../../docs/local-engine.md', import.meta.url), 'utf8');

/** A service's JSON protocol, and the row of the page that names its operations. */
interface Service {
  readonly heading: string;
  readonly signingName: string;
  readonly target: string;
  readonly sdk: object;
}

const services: readonly Service[] = [
  { heading: 'DynamoDB', signingName: 'dynamodb', target: 'DynamoDB_20120810', sdk: dynamodb },
  { heading: 'DynamoDB', signingName: 'dynamodb', target: 'DynamoDBStreams_20120810', sdk: dynamodbStreams },
  { heading: 'SQS', signingName: 'sqs', target: 'AmazonSQS', sdk: sqs },
  { heading: 'EventBridge', signingName: 'events', target: 'AWSEvents', sdk: eventbridge },
  { heading: 'KMS and Secrets Manager', signingName: 'kms', target: 'TrentService', sdk: kms },
  { heading: 'KMS and Secrets Manager', signingName: 'secretsmanager', target: 'secretsmanager', sdk: secretsManager },
];

/** Every operation that AWS has: the SDK has a command for each. */
function operationsOf({ sdk }: Pick<Service, 'sdk'>): string[] {
  return Object.keys(sdk).flatMap((name) => /^([A-Z]\w+)Command$/.exec(name)?.[1] ?? []);
}

function documentedOperations({ heading }: Pick<Service, 'heading'>): Set<string> {
  const section = sectionOf(page, 'The services').split(`\n### ${heading}\n`)[1] ?? '';
  const row = section.split('\n').find((line) => line.startsWith('| operations |')) ?? '';
  return new Set([...row.matchAll(/`(\w+)`/g)].map(([, name = '']) => name));
}

const options = { database: new Database(':memory:'), clock: new ManualClock(), region: 'us-east-1' };
const endpoint = new AwsEndpoint(wiresOf(createSimulators({ ...options, endpointUrl: 'http://127.0.0.1:4101' })));

/** Whether the embedded service has the operation, according to its answer to a request without parameters. */
async function isImplemented({ signingName, target }: Service, operation: string): Promise<boolean> {
  const { body } = await endpoint.handle({
    method: 'POST',
    url: '/',
    headers: {
      authorization: `AWS4-HMAC-SHA256 Credential=any/20260101/us-east-1/${signingName}/aws4_request`,
      'x-amz-target': `${target}.${operation}`,
    },
    body: Buffer.from('{}'),
  });
  return !String(body).includes(`does not implement the operation ${operation}.`);
}

describe('docs/local-engine.md', () => {
  it.each(services)('docs/local-engine.md names exactly the operations of $target', async (service) => {
    const documented = documentedOperations(service);
    const all = operationsOf(service);
    const implemented: string[] = [];
    for (const operation of all) if (await isImplemented(service, operation)) implemented.push(operation);
    expect(implemented).not.toHaveLength(0);
    expect(implemented.sort()).toEqual(all.filter((name) => documented.has(name)).sort());
    const known = services.filter(({ heading }) => heading === service.heading).flatMap(operationsOf);
    expect([...documented].filter((name) => !known.includes(name))).toEqual([]);
  });

  it('docs/local-engine.md names all operations of the API Gateway Management API', () => {
    const service = { heading: 'WebSocket API', sdk: apiGatewayManagement };
    expect([...documentedOperations(service)].sort()).toEqual(operationsOf(service).sort());
  });
});
