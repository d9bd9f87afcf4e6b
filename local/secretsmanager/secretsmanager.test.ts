import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ManualClock } from '../clock.ts';
import { Database } from '../database.ts';
import { AwsEndpoint } from '../wire/endpoint.ts';
import { SecretsManager } from './secretsmanager.ts';

const AUTHORIZATION =
  'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/secretsmanager/aws4_request, SignedHeaders=, Signature=';

function open(path = ':memory:') {
  const database = new Database(path);
  onTestFinished(() => database.close());
  const secrets = new SecretsManager({ database, clock: new ManualClock(), region: 'us-east-1' });
  const endpoint = new AwsEndpoint([secrets.wire]);
  const send = async (operation: string, input: object) => {
    const { status, body } = await endpoint.handle({
      method: 'POST',
      url: '/',
      headers: { authorization: AUTHORIZATION, 'x-amz-target': `secretsmanager.${operation}` },
      body: Buffer.from(JSON.stringify(input)),
    });
    return { status, output: JSON.parse(String(body)) };
  };
  return { secrets, send };
}

function file(): string {
  const path = mkdtempSync(join(tmpdir(), 'hawser-secrets-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return join(path, 'local.db');
}

describe('a secret of the template', () => {
  it('a secret is generated once and kept, even after the file is opened again', () => {
    const path = file();
    const spec = { name: 'RootKey', generate: { PasswordLength: 48, ExcludePunctuation: true } };
    const before = open(path).secrets;
    const first = before.ensureSecret(spec);
    expect(first.created).toBe(true);
    const value = before.getValue(first.arn);
    expect(value).toMatch(/^[a-zA-Z0-9]{48}$/);
    expect(before.ensureSecret(spec)).toEqual({ arn: first.arn, created: false });
    const after = open(path).secrets;
    expect(after.ensureSecret(spec)).toEqual({ arn: first.arn, created: false });
    expect(after.getValue(first.arn)).toBe(value);
  });

  it('the ARN of a secret ends in its name and six random characters', () => {
    expect(open().secrets.ensureSecret({ name: 'a/b', generate: {} }).arn).toMatch(
      /^arn:aws:secretsmanager:us-east-1:000000000000:secret:a\/b-[a-zA-Z0-9]{6}$/,
    );
  });

  it('a value changed in the template replaces the old one, but a value put by hand is kept', () => {
    const { secrets } = open();
    const { arn, created } = secrets.ensureSecret({ name: 's', value: 'one' });
    expect([created, secrets.getValue(arn)]).toEqual([true, 'one']);
    secrets.putValue(arn, 'by hand');
    expect(secrets.ensureSecret({ name: 's', value: 'one' }).created).toBe(false);
    expect(secrets.getValue(arn)).toBe('by hand');
    secrets.ensureSecret({ name: 's', value: 'two' });
    expect(secrets.getValue(arn)).toBe('two');
  });

  it('a secret may have no value', () => {
    const { secrets } = open();
    const { arn, created } = secrets.ensureSecret({ name: 's' });
    expect(created).toBe(false);
    expect(() => secrets.getValue(arn)).toThrow('staging label: AWSCURRENT');
  });

  it('a secret must have a valid name', () => {
    expect(() => open().secrets.ensureSecret({ name: 'Inv Name', value: 'x' })).toThrow('Invalid name.');
  });
});

it('an acknowledged value is still there after the file is opened again', async () => {
  const path = file();
  const before = open(path);
  before.secrets.ensureSecret({ name: 's', value: 'one' });
  const input = { SecretId: 's', SecretString: 'two', ClientRequestToken: 'a'.repeat(32) };
  expect((await before.send('PutSecretValue', input)).status).toBe(200);
  expect(open(path).secrets.getValue('s')).toBe('two');
});

it('a secret keeps its 100 newest versions', async () => {
  const { secrets, send } = open();
  const token = (n: number) => String(n).padStart(32, '0');
  secrets.ensureSecret({ name: 's' });
  for (let n = 0; n < 101; n++) {
    await send('PutSecretValue', { SecretId: 's', SecretString: `v${n}`, ClientRequestToken: token(n) });
  }
  expect((await send('GetSecretValue', { SecretId: 's', VersionId: token(0) })).status).toBe(400);
  expect((await send('GetSecretValue', { SecretId: 's', VersionId: token(1) })).output.SecretString).toBe('v1');
});

it('a new value needs a token', async () => {
  const { secrets, send } = open();
  secrets.ensureSecret({ name: 's', value: 'one' });
  expect(await send('PutSecretValue', { SecretId: 's', SecretString: 'two' })).toMatchObject({
    status: 400,
    output: { __type: 'InvalidRequestException', Message: expect.stringContaining('ClientRequestToken') },
  });
});

it.each([
  ['CreateSecret', {}],
  ['RotateSecret', { SecretId: 's' }],
  ['PutSecretValue', { SecretId: 's', SecretString: 'x', VersionStages: ['MINE'] }],
  ['ListSecrets', { Filters: [] }],
])('what is not implemented is refused with 501: %s %o', async (operation, input) => {
  expect(await open().send(operation, input)).toMatchObject({ status: 501, output: { __type: 'NotImplemented' } });
});
