import {
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  KMSClient,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../clock.ts';
import { Database } from '../../database.ts';
import { type BehaviourTarget, behaviourTarget } from '../../testing/behaviour-target.ts';
import { Kms } from '../kms.ts';

let target: BehaviourTarget;
let client: KMSClient;
let KeyId: string;
let otherKeyId: string;

/** The embedded KMS gets its keys from the template. Any other implementation creates them through the API. */
const elsewhere = process.env.HAWSER_BEHAVIOUR_KMS_ENDPOINT !== undefined;

beforeAll(async () => {
  const kms = new Kms({ database: new Database(':memory:'), clock: systemClock, region: 'us-east-1' });
  target = await behaviourTarget('KMS', () => kms.wire);
  client = new KMSClient(target.client);
  const make = async (logicalName: string) =>
    elsewhere
      ? String((await client.send(new CreateKeyCommand({}))).KeyMetadata?.KeyId)
      : kms.ensureKey({ logicalName }).keyId;
  KeyId = await make('one');
  otherKeyId = await make('other');
});

afterAll(async () => {
  for (const key of elsewhere ? [KeyId, otherKeyId] : []) {
    await client.send(new ScheduleKeyDeletionCommand({ KeyId: key, PendingWindowInDays: 7 }));
  }
  client.destroy();
  await target.close();
});

const secret = new TextEncoder().encode('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');

describe('data keys', () => {
  it('a data key comes in plaintext and encrypted, and decrypts to the same bytes', async () => {
    const EncryptionContext = { organization: 'org_1', resource: 'dst_1' };
    const made = await client.send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256', EncryptionContext }));
    expect(made.Plaintext?.byteLength).toBe(32);
    expect(made.KeyId).toMatch(/^arn:aws:kms:[^:]+:\d{12}:key\//);
    const { CiphertextBlob } = made;
    const opened = await client.send(new DecryptCommand({ CiphertextBlob, EncryptionContext }));
    expect(opened).toMatchObject({
      Plaintext: made.Plaintext,
      KeyId: made.KeyId,
      EncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
    });
  });

  it('every data key is new', async () => {
    const make = () => client.send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256' }));
    expect((await make()).Plaintext).not.toEqual((await make()).Plaintext);
  });

  it('a data key has the requested length, given either as KeySpec or as NumberOfBytes', async () => {
    const bytes = await client.send(new GenerateDataKeyCommand({ KeyId, NumberOfBytes: 64 }));
    expect(bytes.Plaintext?.byteLength).toBe(64);
    await expect(client.send(new GenerateDataKeyCommand({ KeyId }))).rejects.toMatchObject({
      name: 'ValidationException',
    });
    await expect(
      client.send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256', NumberOfBytes: 32 })),
    ).rejects.toMatchObject({ name: 'ValidationException' });
  });
});

describe('the encryption context', () => {
  const EncryptionContext = { b: '2', a: '1' };
  let CiphertextBlob: Uint8Array | undefined;

  beforeAll(async () => {
    ({ CiphertextBlob } = await client.send(new EncryptCommand({ KeyId, Plaintext: secret, EncryptionContext })));
  });

  it('the encryption context may be written in any order', async () => {
    const reordered = { a: '1', b: '2' };
    const { Plaintext } = await client.send(new DecryptCommand({ CiphertextBlob, EncryptionContext: reordered }));
    expect(Plaintext).toEqual(secret);
  });

  it.each([
    ['none', undefined],
    ['a part of it', { a: '1' }],
    ['another value', { a: '1', b: '3' }],
    ['more than it', { a: '1', b: '2', c: '3' }],
    ['the case of a name changed', { A: '1', b: '2' }],
  ])('decryption with another encryption context is refused: %s', async (_rule, wrong) => {
    await expect(client.send(new DecryptCommand({ CiphertextBlob, EncryptionContext: wrong }))).rejects.toMatchObject({
      name: 'InvalidCiphertextException',
      $metadata: { httpStatusCode: 400 },
    });
  });
});

describe('a ciphertext', () => {
  it('the ciphertext differs each time', async () => {
    const make = () => client.send(new EncryptCommand({ KeyId, Plaintext: secret }));
    expect((await make()).CiphertextBlob).not.toEqual((await make()).CiphertextBlob);
  });

  it('a changed or malformed ciphertext is refused', async () => {
    const { CiphertextBlob } = await client.send(new EncryptCommand({ KeyId, Plaintext: secret }));
    const changed = Uint8Array.from(CiphertextBlob ?? []);
    changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
    for (const blob of [changed, secret, changed.subarray(0, 20)]) {
      await expect(client.send(new DecryptCommand({ CiphertextBlob: blob }))).rejects.toMatchObject({
        name: 'InvalidCiphertextException',
      });
    }
  });

  it('a ciphertext is not decrypted under another key', async () => {
    const { CiphertextBlob } = await client.send(new EncryptCommand({ KeyId, Plaintext: secret }));
    await expect(client.send(new DecryptCommand({ CiphertextBlob, KeyId: otherKeyId }))).rejects.toMatchObject({
      name: 'IncorrectKeyException',
    });
  });
});

describe('limits', () => {
  it('a plaintext has 1 to 4,096 bytes', async () => {
    await client.send(new EncryptCommand({ KeyId, Plaintext: new Uint8Array(4096) }));
    for (const Plaintext of [new Uint8Array(4097), new Uint8Array(0)]) {
      await expect(client.send(new EncryptCommand({ KeyId, Plaintext }))).rejects.toMatchObject({
        name: 'ValidationException',
      });
    }
  });
});

describe('a key', () => {
  it('a key is described', async () => {
    const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId }));
    expect(KeyMetadata).toMatchObject({
      KeyId,
      Enabled: true,
      KeyState: 'Enabled',
      KeySpec: 'SYMMETRIC_DEFAULT',
      KeyUsage: 'ENCRYPT_DECRYPT',
      KeyManager: 'CUSTOMER',
      Origin: 'AWS_KMS',
      MultiRegion: false,
    });
    expect(KeyMetadata?.CreationDate).toBeInstanceOf(Date);
  });

  it('a key is named by its id or its ARN', async () => {
    const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId }));
    const byArn = await client.send(new DescribeKeyCommand({ KeyId: String(KeyMetadata?.Arn) }));
    expect(byArn.KeyMetadata).toEqual(KeyMetadata);
  });

  it.each([
    ['an id that is no UUID', 'fake-key-id', /^Invalid keyId 'fake-key-id'$/],
    ['an unknown id', '134f2428-cec1-4b25-a1ae-9048164dba47', /^Key 'arn:aws:kms:.*134f2428.*' does not exist$/],
    ['an unknown alias', 'alias/hawser-none', /^Alias arn:aws:kms:.*:alias\/hawser-none is not found\.$/],
  ])('a key that does not exist is a NotFoundException: %s', async (_rule, unknown, message) => {
    await expect(client.send(new DescribeKeyCommand({ KeyId: unknown }))).rejects.toMatchObject({
      name: 'NotFoundException',
      message: expect.stringMatching(message),
      $metadata: { httpStatusCode: 400 },
    });
  });
});
