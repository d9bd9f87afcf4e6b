import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { ManualClock } from '../clock.ts';
import { Database } from '../database.ts';
import { AwsEndpoint } from '../wire/endpoint.ts';
import { Kms } from './kms.ts';

const AUTHORIZATION =
  'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/kms/aws4_request, SignedHeaders=, Signature=';

function open(path = ':memory:') {
  const database = new Database(path);
  onTestFinished(() => database.close());
  const kms = new Kms({ database, clock: new ManualClock(), region: 'us-east-1' });
  const endpoint = new AwsEndpoint([kms.wire]);
  const send = async (operation: string, input: object) => {
    const { status, body } = await endpoint.handle({
      method: 'POST',
      url: '/',
      headers: { authorization: AUTHORIZATION, 'x-amz-target': `TrentService.${operation}` },
      body: Buffer.from(JSON.stringify(input)),
    });
    return { status, output: JSON.parse(String(body)) as Record<string, string> };
  };
  return { kms, send };
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'hawser-kms-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return join(path, 'local.db');
}

it('ensureKey returns the same key for the same name', () => {
  const { kms } = open();
  const first = kms.ensureKey({ logicalName: 'Stack/Credentials' });
  expect(kms.ensureKey({ logicalName: 'Stack/Credentials' })).toEqual(first);
  expect(kms.ensureKey({ logicalName: 'Stack/Other' }).keyId).not.toBe(first.keyId);
  expect(first.arn).toBe(`arn:aws:kms:us-east-1:000000000000:key/${first.keyId}`);
});

it('a ciphertext can be decrypted after the file is opened again', async () => {
  const path = folder();
  const before = open(path);
  const { keyId } = before.kms.ensureKey({ logicalName: 'k' });
  before.kms.ensureAlias({ aliasName: 'alias/hawser', keyId });
  const { output } = await before.send('GenerateDataKey', { KeyId: keyId, KeySpec: 'AES_256' });
  const after = open(path);
  expect(after.kms.ensureKey({ logicalName: 'k' }).keyId).toBe(keyId);
  const decrypted = await after.send('Decrypt', { CiphertextBlob: output.CiphertextBlob, KeyId: 'alias/hawser' });
  expect(decrypted.output.Plaintext).toBe(output.Plaintext);
});

it('a ciphertext of another installation is refused', async () => {
  const one = open();
  const other = open();
  other.kms.ensureKey({ logicalName: 'k' });
  const { keyId } = one.kms.ensureKey({ logicalName: 'k' });
  const { output } = await one.send('Encrypt', { KeyId: keyId, Plaintext: 'AAAA' });
  const response = await other.send('Decrypt', { CiphertextBlob: output.CiphertextBlob });
  expect(response).toMatchObject({ status: 400, output: { __type: 'InvalidCiphertextException', message: '' } });
});

it('a change of any byte of a ciphertext is noticed', async () => {
  const { kms, send } = open();
  const { keyId } = kms.ensureKey({ logicalName: 'k' });
  const { output } = await send('Encrypt', { KeyId: keyId, Plaintext: 'AAAA', EncryptionContext: { a: 'b' } });
  const blob = Buffer.from(String(output.CiphertextBlob), 'base64');
  for (let at = 0; at < blob.byteLength; at++) {
    const changed = Buffer.from(blob);
    changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
    const input = { CiphertextBlob: changed.toString('base64'), EncryptionContext: { a: 'b' } };
    expect((await send('Decrypt', input)).output.__type).toBe('InvalidCiphertextException');
  }
});

it.each([
  ['CreateKey', {}],
  ['Encrypt', { KeyId: 'k', Plaintext: 'AAAA', DryRun: true }],
  ['Decrypt', { CiphertextBlob: 'AAAA', GrantTokens: ['t'] }],
  ['DescribeKey', { KeyId: 'k', GrantTokens: ['t'] }],
])('what is not implemented is refused with 501: %s %o', async (operation, input) => {
  expect(await open().send(operation, input)).toMatchObject({ status: 501, output: { __type: 'NotImplemented' } });
});
