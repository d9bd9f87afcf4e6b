import type { TableSpec } from '../dynamodb/dynamodb.ts';
import type { Simulators } from '../simulators.ts';
import type { WireRequest } from '../wire/wire.ts';

export const items: TableSpec = {
  TableName: 'items',
  AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
  KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  StreamSpecification: { StreamViewType: 'NEW_IMAGE' },
};

export const group = 'retries';

/** Creates the resources that the crash test writes to. */
export function createResources(simulators: Simulators): void {
  simulators.dynamodb.ensureTable(items);
  simulators.s3.ensureBucket({ name: 'bucket' });
  simulators.scheduler.ensureScheduleGroup({ name: group });
  simulators.secretsManager.ensureSecret({ name: 'secret', value: 'first' });
  // Nothing becomes visible again by itself while the test runs.
  for (const name of ['jobs', 'delayed'])
    simulators.sqs.ensureQueue({ name, attributes: { VisibilityTimeout: '43200' } });
}

export function queueUrl(name: string): string {
  return `http://local/000000000000/${name}`;
}

const targets: Readonly<Record<string, string>> = {
  dynamodb: 'DynamoDB_20120810',
  sqs: 'AmazonSQS',
  secretsmanager: 'secretsmanager',
};

/** @param operation the operation's name, or method and path if the service has no header for it */
export function awsRequest(service: string, operation: string, input: object): WireRequest {
  const [method = 'POST', url = '/'] = targets[service] ? [] : operation.split(' ');
  return {
    method,
    url,
    headers: {
      authorization: `AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/${service}/aws4_request`,
      ...(targets[service] && { 'x-amz-target': `${targets[service]}.${operation}` }),
    },
    body: Buffer.from(JSON.stringify(input)),
  };
}
