import { describe, expect, test } from 'vitest';
import { allStatements, type Statement, statementsOfFunction } from './policies.ts';
import { SynthesizedTemplate } from './support.ts';

const template = new SynthesizedTemplate();
const statements = allStatements(template);
const group = template.one('AWS::Scheduler::ScheduleGroup');
const allowing = statements.filter(({ Effect }) => Effect === 'Allow');

function describeStatement({ owner, Action, Resource }: Statement): string {
  return `${owner.id}: ${Action.join(' ')} on ${JSON.stringify(Resource)}`;
}

/** In a key's policy, `*` is the key itself. Leaving access to the account's own IAM is AWS's default. */
function isKeyPolicy({ owner }: Statement): boolean {
  return owner.type === 'AWS::KMS::Key';
}

describe('least privilege', () => {
  test('no statement allows an action by wildcard', () => {
    const wild = allowing.filter((statement) => statement.Action.some((action) => action.includes('*')));
    expect(wild.filter((statement) => !isKeyPolicy(statement)).map(describeStatement)).toEqual([]);
    for (const statement of wild) {
      expect(statement.Action).toEqual(['kms:*']);
      expect(JSON.stringify(statement.Principal)).toContain(':root');
    }
  });

  test('no statement allows an action on every resource', () => {
    const wild = allowing.filter((statement) => statement.Resource.includes('*') && !isKeyPolicy(statement));
    expect(wild.map(describeStatement)).toEqual([]);
  });

  test('a wildcard in a resource stands only for objects of a bucket, assets, schedules of the one group, clients, or roles for destinations', () => {
    const wild = allowing
      .filter((statement) => !isKeyPolicy(statement))
      .flatMap(({ Action, Resource }) =>
        Resource.filter((resource) => JSON.stringify(resource).includes('*')).map((resource) => ({ Action, resource })),
      );
    expect(wild.length).toBeGreaterThan(0);
    for (const { Action, resource } of wild) {
      if (Action.includes('sts:AssumeRole')) {
        expect(Action).toEqual(['sts:AssumeRole']);
        expect(JSON.stringify(resource)).toContain(':iam::*:role/hawser-*');
      } else if (Action.includes('scheduler:CreateSchedule')) {
        expect(Action).toEqual(['scheduler:CreateSchedule']);
        expect(JSON.stringify(resource)).toContain(`:schedule/${group.properties.Name}/*`);
      } else if (Action.includes('execute-api:ManageConnections')) {
        expect(Action).toEqual(['execute-api:ManageConnections']);
        const api = template.one('AWS::ApiGatewayV2::Api').id;
        expect(JSON.stringify(resource)).toMatch(new RegExp(`"Ref":"${api}"},"/live/(POST|DELETE)/@connections/\\*"`));
      } else if (JSON.stringify(resource).endsWith('/*.zip"]]}')) {
        expect(Action).toEqual(['s3:GetObject']);
        expect(JSON.stringify(resource)).toMatch(/cdk-[a-z0-9]+-assets-/);
      } else {
        expect(['s3:DeleteObject', 's3:GetObject', 's3:PutObject']).toEqual(expect.arrayContaining(Action));
        expect(template.target(resource).type).toBe('AWS::S3::Bucket');
      }
    }
  });

  test('only roles named for Hawser can be assumed, with the external id of an organization', () => {
    const assuming = allowing.filter(
      ({ owner, Action }) => owner.type === 'AWS::IAM::Policy' && Action.includes('sts:AssumeRole'),
    );
    expect(assuming).toHaveLength(2);
    for (const { Resource, Condition } of assuming) {
      expect(JSON.stringify(Resource)).toContain(':iam::*:role/hawser-*');
      expect(Condition).toEqual({ StringLike: { 'sts:ExternalId': 'org_*' } });
    }
  });

  test('only tracing needs every resource, for two actions that accept nothing else', () => {
    const traced = allStatements(new SynthesizedTemplate({ 'hawser:tracing': true }));
    const wild = traced.filter((statement) => statement.Resource.includes('*') && !isKeyPolicy(statement));
    expect(wild).toHaveLength(6);
    for (const { Action } of wild)
      expect(Action.toSorted()).toEqual(['xray:PutTelemetryRecords', 'xray:PutTraceSegments']);
  });

  test('no role has a managed policy', () => {
    for (const { properties } of template.ofType('AWS::IAM::Role'))
      expect(properties).not.toHaveProperty('ManagedPolicyArns');
  });

  test('no resource is open to everyone', () => {
    const open = allowing.filter(({ Principal }) => JSON.stringify(Principal)?.includes('"*"'));
    expect(open.map(describeStatement)).toEqual([]);
  });

  test('services may act for this account only', () => {
    const services = allowing.filter(({ owner }) => ['AWS::KMS::Key', 'AWS::SNS::TopicPolicy'].includes(owner.type));
    for (const { Principal, Condition } of services.filter((statement) =>
      JSON.stringify(statement.Principal).includes('Service'),
    )) {
      expect({ Principal, Condition }).toMatchObject({
        Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
      });
    }
  });
});

describe('the permissions of the functions', () => {
  const logs = ['logs:CreateLogStream', 'logs:PutLogEvents'];
  const bodies = ['s3:GetObject', 's3:ListBucket'];
  const expected: Record<string, string[]> = {
    IngestFunction: [
      ...logs,
      'dynamodb:GetItem',
      'dynamodb:PutItem',
      'dynamodb:UpdateItem',
      'events:PutEvents',
      'kms:Decrypt',
      's3:PutObject',
    ],
    FanOutFunction: [
      ...logs,
      ...bodies,
      'dynamodb:BatchWriteItem',
      'dynamodb:DescribeStream',
      'dynamodb:GetItem',
      'dynamodb:GetRecords',
      'dynamodb:GetShardIterator',
      'dynamodb:ListStreams',
      'dynamodb:Query',
      'dynamodb:UpdateItem',
      'sqs:SendMessage',
    ],
    DeliveryFunction: [
      ...logs,
      ...bodies,
      'dynamodb:BatchGetItem',
      'dynamodb:BatchWriteItem',
      'dynamodb:DeleteItem',
      'dynamodb:GetItem',
      'dynamodb:PutItem',
      'dynamodb:Query',
      'dynamodb:UpdateItem',
      'events:PutEvents',
      'execute-api:ManageConnections',
      'iam:PassRole',
      'kms:Decrypt',
      'scheduler:CreateSchedule',
      'sqs:ChangeMessageVisibility',
      'sqs:DeleteMessage',
      'sqs:GetQueueAttributes',
      'sqs:ReceiveMessage',
      'sqs:SendMessage',
      'sts:AssumeRole',
    ],
    ReplaysFunction: [
      ...logs,
      ...bodies,
      'dynamodb:BatchGetItem',
      'dynamodb:GetItem',
      'dynamodb:Query',
      'dynamodb:UpdateItem',
      'events:PutEvents',
      'sqs:ChangeMessageVisibility',
      'sqs:DeleteMessage',
      'sqs:GetQueueAttributes',
      'sqs:ReceiveMessage',
      'sqs:SendMessage',
    ],
    ClientsFunction: [
      ...logs,
      'dynamodb:BatchWriteItem',
      'dynamodb:DeleteItem',
      'dynamodb:GetItem',
      'dynamodb:PutItem',
      'dynamodb:Query',
      'dynamodb:UpdateItem',
      'execute-api:ManageConnections',
      'sqs:SendMessage',
    ],
    ManagementFunction: [
      ...logs,
      ...bodies,
      'dynamodb:BatchGetItem',
      'dynamodb:DeleteItem',
      'dynamodb:GetItem',
      'dynamodb:PutItem',
      'dynamodb:Query',
      'dynamodb:UpdateItem',
      'execute-api:ManageConnections',
      'kms:Decrypt',
      'kms:GenerateDataKey',
      's3:PutObject',
      'secretsmanager:GetSecretValue',
      'sqs:ChangeMessageVisibility',
      'sqs:DeleteMessage',
      'sqs:ReceiveMessage',
      'sqs:SendMessage',
      'sts:AssumeRole',
    ],
  };

  test("the CDK's function may only read the built dashboard and write to its bucket", () => {
    const fn = template.one('AWS::Lambda::Function', 'CustomCDKBucketDeployment');
    const own = statementsOfFunction(template, fn);
    expect(own.flatMap(({ Action }) => Action).sort()).toEqual(
      [...logs, 's3:DeleteObject', 's3:GetObject', 's3:ListBucket', 's3:PutObject'].sort(),
    );
    const [reading] = own.filter(({ Action }) => Action.includes('s3:GetObject'));
    expect(JSON.stringify(reading?.Resource)).toMatch(/cdk-[a-z0-9]+-assets-\$\{AWS::AccountId\}.*\/\*\.zip"/);
    const changing = own.filter(({ Action }) => Action.includes('s3:PutObject') || Action.includes('s3:ListBucket'));
    for (const { Resource } of changing) expect(template.target(Resource).id).toMatch(/^DashboardBucket/);
  });

  test.each(Object.entries(expected))('%s has these actions and no others', (idPrefix, actions) => {
    const fn = template.one('AWS::Lambda::Function', idPrefix);
    const allowed = statementsOfFunction(template, fn).flatMap(({ Action }) => Action);
    expect([...new Set(allowed)].sort()).toEqual(actions.sort());
  });

  test.each([
    ['IngestFunction', 'dynamodb:PutItem', ['StorageEvents']],
    ['DeliveryFunction', 'dynamodb:UpdateItem', ['StorageConfiguration', 'StorageDeliveries']],
    ['ReplaysFunction', 'dynamodb:UpdateItem', ['StorageConfiguration', 'StorageDeliveries']],
    ['ClientsFunction', 'dynamodb:BatchWriteItem', ['StorageClients']],
    ['ClientsFunction', 'dynamodb:GetItem', ['StorageClients', 'StorageConfiguration']],
    ['ClientsFunction', 'dynamodb:PutItem', ['StorageDeliveries']],
    ['DeliveryFunction', 'dynamodb:DeleteItem', ['StorageClients']],
    ['ManagementFunction', 'dynamodb:PutItem', ['StorageClients', 'StorageConfiguration', 'StorageEvents']],
    ['ManagementFunction', 'dynamodb:UpdateItem', ['StorageConfiguration', 'StorageDeliveries']],
  ])('%s may %s on %j only', (idPrefix, action, tables) => {
    const fn = template.one('AWS::Lambda::Function', idPrefix);
    const targets = statementsOfFunction(template, fn)
      .filter(({ Action }) => Action.includes(action))
      .map(({ Resource }) => template.target(Resource).id.replace(/[0-9A-F]{8}$/, ''));
    expect(targets.sort()).toEqual(tables);
  });

  test.each([
    ['ingest', 'IngestFunction', 'those of copies', 'copy#*'],
    ['delivery', 'DeliveryFunction', 'those of destinations', 'dst_*'],
    ['replay', 'ReplaysFunction', 'those of replays', 'rpl_*'],
    ['the function that lets clients in', 'ClientsFunction', 'those of API keys', 'api-key#*'],
  ])('%s may change no rows of the configuration except %s', (_name, fn, _rows, leadingKey) => {
    const updates = statementsOfFunction(template, template.one('AWS::Lambda::Function', fn)).filter(
      ({ Action, Resource }) =>
        Action.some((action) => /^dynamodb:(Batch)?(Delete|Put|Update|Write)/.test(action)) &&
        Resource.some((resource) => template.target(resource).id.startsWith('StorageConfiguration')),
    );
    expect(updates).toMatchObject([
      {
        Action: ['dynamodb:UpdateItem'],
        Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [leadingKey] } },
      },
    ]);
  });

  test('management may put tickets into the clients table, but no clients', () => {
    const statements = statementsOfFunction(template, template.one('AWS::Lambda::Function', 'ManagementFunction'));
    const puts = statements.filter(
      ({ Action, Resource }) =>
        Action.includes('dynamodb:PutItem') && /^StorageClients/.test(template.target(Resource).id),
    );
    expect(puts).toMatchObject([
      { Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['ticket#*'] } } },
    ]);
  });

  test.each([
    ['puts rows into the lines of destinations', 'dynamodb:BatchWriteItem', 'dst_*#line'],
    ['changes the counts of sources', 'dynamodb:UpdateItem', 'src_*'],
  ])('fan-out only %s', (_, action, leadingKey) => {
    const statements = statementsOfFunction(template, template.one('AWS::Lambda::Function', 'FanOutFunction'));
    const writing = statements.filter(({ Action }) => Action.includes(action));
    expect(writing).toMatchObject([
      { Action: [action], Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [leadingKey] } } },
    ]);
    expect(writing.map(({ Resource }) => template.target(Resource).id)).toEqual([
      expect.stringMatching(/^StorageDeliveries/),
    ]);
  });

  test('every function writes to its own log group only', () => {
    for (const fn of template.ofType('AWS::Lambda::Function')) {
      const logs = statementsOfFunction(template, fn).filter(({ Action }) =>
        Action.some((action) => action.startsWith('logs:')),
      );
      expect(logs).toHaveLength(1);
      expect(logs[0]?.Action).toEqual(['logs:CreateLogStream', 'logs:PutLogEvents']);
      expect(template.target(logs[0]?.Resource)).toBe(template.target(fn.properties.LoggingConfig));
    }
  });

  test('only the management API may make data keys and read the root key', () => {
    for (const action of ['kms:GenerateDataKey', 'secretsmanager:GetSecretValue']) {
      const holders = template
        .ofType('AWS::Lambda::Function')
        .filter((fn) => statementsOfFunction(template, fn).some(({ Action }) => Action.includes(action)));
      expect(holders.map(({ id }) => id)).toEqual([template.one('AWS::Lambda::Function', 'ManagementFunction').id]);
    }
  });

  test('delivery may pass one role to the scheduler only, and that role may send to two queues', () => {
    const delivery = template.one('AWS::Lambda::Function', 'DeliveryFunction');
    const pass = statementsOfFunction(template, delivery).filter(({ Action }) => Action.includes('iam:PassRole'));
    expect(pass).toMatchObject([
      { Action: ['iam:PassRole'], Condition: { StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' } } },
    ]);
    const role = template.target(pass[0]?.Resource);
    const trust = statements.filter(({ owner }) => owner.id === role.id);
    expect(trust).toMatchObject([
      {
        Principal: { Service: 'scheduler.amazonaws.com' },
        Condition: {
          StringEquals: {
            'aws:SourceAccount': { Ref: 'AWS::AccountId' },
            'aws:SourceArn': { 'Fn::GetAtt': [group.id, 'Arn'] },
          },
        },
      },
    ]);
    const own = template.one('AWS::IAM::Policy', role.id.replace(/[0-9A-F]{8}$/, ''));
    const sends = statements.filter(({ owner }) => owner.id === own.id);
    expect(sends.map(({ Action }) => Action)).toEqual([['sqs:SendMessage']]);
    expect(sends[0]?.Resource).toHaveLength(2);
  });
});

describe('TLS', () => {
  const guarded = [
    ['AWS::SQS::Queue', 'AWS::SQS::QueuePolicy', 'Queues', 'sqs:*'],
    ['AWS::S3::Bucket', 'AWS::S3::BucketPolicy', 'Bucket', 's3:*'],
  ] as const;

  test.each(guarded)('every %s refuses requests without TLS', (type, policyType, property, action) => {
    for (const resource of template.ofType(type)) {
      const policies = template
        .ofType(policyType)
        .filter(({ properties }) => template.target(properties[property]) === resource);
      const denied = statements.filter(({ owner, Effect }) => policies.includes(owner) && Effect === 'Deny');
      expect(denied, resource.id).toMatchObject([
        { Action: [action], Principal: { AWS: '*' }, Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
      ]);
    }
  });

  test('the alarm topic refuses publishing without TLS', () => {
    const denied = statements.filter(
      ({ owner, Effect }) => owner.type === 'AWS::SNS::TopicPolicy' && Effect === 'Deny',
    );
    expect(denied).toMatchObject([
      { Action: ['sns:Publish'], Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
    ]);
  });
});
