import { randomUUID } from 'node:crypto';
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  type ListSecretsCommandOutput,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../clock.ts';
import { Database } from '../../database.ts';
import { type BehaviourTarget, behaviourTarget } from '../../testing/behaviour-target.ts';
import { SecretsManager } from '../secretsmanager.ts';

/** The embedded service gets its secrets from the template. Any other implementation creates them through the API. */
const elsewhere = process.env.HAWSER_BEHAVIOUR_SECRETS_MANAGER_ENDPOINT !== undefined;

let target: BehaviourTarget;
let client: SecretsManagerClient;
let secrets: SecretsManager;
let SecretId: string;
const made: string[] = [];

beforeAll(async () => {
  secrets = new SecretsManager({ database: new Database(':memory:'), clock: systemClock, region: 'us-east-1' });
  target = await behaviourTarget('SECRETS_MANAGER', () => secrets.wire);
  client = new SecretsManagerClient(target.client);
});

beforeEach(async () => {
  SecretId = await make('first');
});

afterAll(async () => {
  for (const arn of elsewhere ? made : []) {
    await client.send(new DeleteSecretCommand({ SecretId: arn, ForceDeleteWithoutRecovery: true }));
  }
  client.destroy();
  await target.close();
});

async function make(value?: string): Promise<string> {
  const name = `hawser-behaviour/${randomUUID()}`;
  const arn = elsewhere
    ? (await client.send(new CreateSecretCommand({ Name: name, SecretString: value }))).ARN
    : secrets.ensureSecret({ name, ...(value !== undefined && { value }) }).arn;
  made.push(String(arn));
  return String(arn);
}

const put = (SecretString: string, ClientRequestToken?: string) =>
  client.send(new PutSecretValueCommand({ SecretId, SecretString, ClientRequestToken }));

const get = (version: { VersionId?: string | undefined; VersionStage?: string } = {}) =>
  client.send(new GetSecretValueCommand({ SecretId, ...version }));

describe('the value of a secret', () => {
  it('a value is read by ARN, by ARN without its suffix and by name', async () => {
    const { Name, ARN } = await client.send(new DescribeSecretCommand({ SecretId }));
    for (const id of [SecretId, String(Name), SecretId.slice(0, -7)]) {
      const response = await client.send(new GetSecretValueCommand({ SecretId: id }));
      expect(response).toMatchObject({ ARN, Name, SecretString: 'first', VersionStages: ['AWSCURRENT'] });
      expect(response.CreatedDate).toBeInstanceOf(Date);
    }
  });

  it('a new value becomes AWSCURRENT, and the one before it AWSPREVIOUS', async () => {
    const first = (await get()).VersionId;
    const response = await put('second');
    expect(response).toMatchObject({ ARN: SecretId, VersionStages: ['AWSCURRENT'] });
    expect(await get()).toMatchObject({ SecretString: 'second', VersionId: response.VersionId });
    expect(await get({ VersionStage: 'AWSPREVIOUS' })).toMatchObject({ SecretString: 'first', VersionId: first });
    expect((await get({ VersionId: first })).SecretString).toBe('first');
  });

  it('a value loses its label after two newer ones, and is then no longer described', async () => {
    const second = (await put('second')).VersionId;
    const third = (await put('third')).VersionId;
    const { VersionIdsToStages } = await client.send(new DescribeSecretCommand({ SecretId }));
    expect(VersionIdsToStages).toEqual({ [String(third)]: ['AWSCURRENT'], [String(second)]: ['AWSPREVIOUS'] });
  });

  it('a value may be binary', async () => {
    const SecretBinary = Uint8Array.of(0, 255, 128);
    await client.send(new PutSecretValueCommand({ SecretId, SecretBinary }));
    expect(await get()).toMatchObject({ SecretBinary });
    expect((await get()).SecretString).toBeUndefined();
  });

  it('a value put twice with one token is stored once', async () => {
    const token = randomUUID();
    await put('second', token);
    await put('second', token);
    expect((await get({ VersionStage: 'AWSPREVIOUS' })).SecretString).toBe('first');
  });

  it('a value put with the token of another is refused', async () => {
    const token = randomUUID();
    await put('second', token);
    await expect(put('third', token)).rejects.toMatchObject({ name: 'ResourceExistsException' });
    expect((await get()).SecretString).toBe('second');
  });

  it('a value has at most 65,536 bytes', async () => {
    await put('x'.repeat(65_536));
    await expect(put('x'.repeat(65_537))).rejects.toMatchObject({ name: 'ValidationException' });
  });

  it('a value must be either text or bytes', async () => {
    const both = { SecretId, SecretString: 'x', SecretBinary: Uint8Array.of(1) };
    await expect(client.send(new PutSecretValueCommand(both))).rejects.toMatchObject({
      name: 'InvalidParameterException',
    });
    await expect(client.send(new PutSecretValueCommand({ SecretId }))).rejects.toMatchObject({
      name: 'InvalidRequestException',
    });
  });
});

describe('missing secrets and versions', () => {
  it('a secret that does not exist is not found', async () => {
    const unknown = new GetSecretValueCommand({ SecretId: `hawser-behaviour/${randomUUID()}` });
    await expect(client.send(unknown)).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: "Secrets Manager can't find the specified secret.",
      $metadata: { httpStatusCode: 400 },
    });
  });

  it('a missing previous value is not found', async () => {
    await expect(get({ VersionStage: 'AWSPREVIOUS' })).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: "Secrets Manager can't find the specified secret value for staging label: AWSPREVIOUS",
    });
  });

  it('a version that does not exist is not found', async () => {
    const VersionId = randomUUID();
    await expect(get({ VersionId })).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: `Secrets Manager can't find the specified secret value for VersionId: ${VersionId}`,
    });
  });

  it('a version under another label is not found', async () => {
    const { VersionId } = await get();
    await put('second');
    await expect(get({ VersionId, VersionStage: 'AWSCURRENT' })).rejects.toMatchObject({
      name: 'InvalidRequestException',
    });
  });

  it('the value of a secret created without one is not found', async () => {
    SecretId = await make();
    await expect(get()).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});

it('secrets are listed page by page', async () => {
  const other = await make('x');
  const found: (string | undefined)[] = [];
  let NextToken: string | undefined;
  do {
    const page: ListSecretsCommandOutput = await client.send(new ListSecretsCommand({ MaxResults: 1, NextToken }));
    found.push(...(page.SecretList ?? []).map(({ ARN }) => ARN));
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  expect(found).toEqual(expect.arrayContaining([SecretId, other]));
  expect(new Set(found).size).toBe(found.length);
});
