import { describe, expect, test } from 'vitest';
import { clientsTable, configTable, deliveriesTable, eventsTable } from '../../functions/stores/tables.ts';
import { SynthesizedTemplate } from './support.ts';

const template = new SynthesizedTemplate();
const tables = template.ofType('AWS::DynamoDB::Table');

describe('the tables', () => {
  test.each([
    ['StorageEvents', eventsTable, []],
    ['StorageDeliveries', deliveriesTable, [deliveriesTable.byState, deliveriesTable.deadLetters]],
    ['StorageConfiguration', configTable, [configTable.byOrganization, configTable.byDestination]],
    ['StorageClients', clientsTable, []],
  ])('%s has the keys, indexes and time to live that the repositories use', (idPrefix, shape, indexes) => {
    const { properties } = template.one('AWS::DynamoDB::Table', idPrefix);
    expect(properties.KeySchema).toEqual(keySchema(shape));
    expect(properties.TimeToLiveSpecification).toEqual({ AttributeName: shape.timeToLive, Enabled: true });
    expect(properties.GlobalSecondaryIndexes ?? []).toMatchObject(
      indexes.map((index) => ({ IndexName: index.indexName, KeySchema: keySchema(index) })),
    );
  });

  test('the tables can be restored to any point in time', () => {
    for (const { properties } of tables) {
      expect(properties.PointInTimeRecoverySpecification).toEqual({ PointInTimeRecoveryEnabled: true });
    }
  });

  test('the tables cost nothing at rest', () => {
    for (const { properties } of tables) expect(properties.BillingMode).toBe('PAY_PER_REQUEST');
  });

  test('the tables have a stream only if something reads it', () => {
    expect(tables.filter(({ properties }) => 'StreamSpecification' in properties)).toHaveLength(1);
  });
});

describe('the payload bucket', () => {
  const bucket = template.one('AWS::S3::Bucket', 'StoragePayloads');

  test('the payload bucket is private, without access lists, and encrypted', () => {
    expect(bucket.properties).toMatchObject({
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
      },
    });
  });

  test.each([1, 30, 365])('a body is kept longer than its row with a retention of %i days', (retentionDays) => {
    const { properties } = new SynthesizedTemplate({ 'hawser:retentionDays': retentionDays }).one(
      'AWS::S3::Bucket',
      'Storage',
    );
    expect(properties.LifecycleConfiguration).toMatchObject({
      Rules: [{ ExpirationInDays: retentionDays + 7, Status: 'Enabled' }],
    });
  });
});

describe('deletion of the stack', () => {
  const kept = ['AWS::DynamoDB::Table', 'AWS::S3::Bucket', 'AWS::SecretsManager::Secret'];

  test('by default, tables, bucket, root key and credentials key are kept, and tables refuse deletion', () => {
    for (const type of kept) {
      for (const { deletionPolicy } of template.ofType(type)) expect(deletionPolicy).toMatch(/^Retain/);
    }
    expect(template.one('AWS::KMS::Key', 'Credentials').deletionPolicy).toMatch(/^Retain/);
    for (const { properties } of tables) expect(properties.DeletionProtectionEnabled).toBe(true);
  });

  test('a failed first deployment deletes the empty credentials key, root key and bucket for bodies', () => {
    const emptyAtFirst = [
      template.one('AWS::KMS::Key', 'Credentials'),
      template.one('AWS::SecretsManager::Secret'),
      template.one('AWS::S3::Bucket', 'StoragePayloads'),
    ];
    for (const { deletionPolicy } of emptyAtFirst) expect(deletionPolicy).toBe('RetainExceptOnCreate');
    // These are protected, or no longer empty by then: trying to delete them would stop the roll-back.
    const others = [...tables, template.one('AWS::S3::Bucket', 'Dashboard')];
    for (const { deletionPolicy } of others) expect(deletionPolicy).toBe('Retain');
  });

  test('the removal policy destroy deletes everything', () => {
    const destroyed = new SynthesizedTemplate({ 'hawser:removalPolicy': 'destroy' });
    for (const type of kept) {
      for (const { deletionPolicy } of destroyed.ofType(type)) expect(deletionPolicy).toBe('Delete');
    }
    expect(destroyed.one('AWS::KMS::Key', 'Credentials').deletionPolicy).toBe('Delete');
    for (const { properties } of destroyed.ofType('AWS::DynamoDB::Table')) {
      expect(properties.DeletionProtectionEnabled).toBe(false);
    }
  });

  test('no custom resource deletes anything: the only ones copy the dashboard, and keep what they copied', () => {
    const custom = template.resources.filter(
      ({ type }) => type.startsWith('Custom::') || type.includes('CustomResource'),
    );
    expect(custom.map(({ type }) => type)).toEqual(['Custom::CDKBucketDeployment', 'Custom::CDKBucketDeployment']);
    for (const { properties } of custom) expect(properties.RetainOnDelete).not.toBe(false);
  });
});

test('every KMS key rotates', () => {
  for (const { properties } of template.ofType('AWS::KMS::Key')) expect(properties.EnableKeyRotation).toBe(true);
});

function keySchema({ partitionKey, sortKey }: { partitionKey: string; sortKey: string }) {
  return [
    { AttributeName: partitionKey, KeyType: 'HASH' },
    { AttributeName: sortKey, KeyType: 'RANGE' },
  ];
}
