import type { AddressInfo } from 'node:net';
import { KMSClient } from '@aws-sdk/client-kms';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../core/ids.ts';
import { ManualClock } from '../../local/clock.ts';
import { Database } from '../../local/database.ts';
import { Kms } from '../../local/kms/kms.ts';
import { AwsEndpoint } from '../../local/wire/endpoint.ts';
import type { WireRequest } from '../../local/wire/wire.ts';
import { CredentialVault, openDestinationCredentials, sealDestinationCredentials } from './credentials.ts';

describe('sealed credentials', () => {
  const calls: string[] = [];
  let kms: KMSClient;
  let keyArn: string;
  let close: () => void;

  beforeAll(async () => {
    const database = new Database(':memory:');
    const service = new Kms({ database, clock: new ManualClock(), region: 'us-east-1' });
    keyArn = service.ensureKey({ logicalName: 'credentials' }).arn;
    const counted = {
      ...service.wire,
      handle: (request: WireRequest) => {
        calls.push(request.headers['x-amz-target'] ?? '');
        return service.wire.handle(request);
      },
    };
    const server = await new AwsEndpoint([counted]).listen(0);
    kms = new KMSClient({
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      maxAttempts: 1,
    });
    close = () => {
      kms.destroy();
      server.close();
      server.closeAllConnections();
      database.close();
    };
  });
  afterAll(() => close());

  const owner = { organizationId: newId('org'), resourceId: newId('dst') };

  it('any text can be sealed and opened again', async () => {
    const vault = new CredentialVault(kms, keyArn);
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme' }), async (text) => {
        expect(await vault.open(owner, await vault.seal(owner, text))).toBe(text);
      }),
      { numRuns: 20 },
    );
  });

  it('sealed bytes do not contain the text, and differ each time', async () => {
    const vault = new CredentialVault(kms, keyArn);
    const [one, other] = await Promise.all([vault.seal(owner, 'a secret text'), vault.seal(owner, 'a secret text')]);
    expect(Buffer.from(one).includes('secret')).toBe(false);
    expect(Buffer.compare(one, other)).not.toBe(0);
  });

  it('credentials can not be opened for another organization or resource', async () => {
    const vault = new CredentialVault(kms, keyArn);
    const sealed = await vault.seal(owner, 'text');
    await expect(vault.open({ ...owner, organizationId: newId('org') }, sealed)).rejects.toThrow();
    await expect(vault.open({ ...owner, resourceId: newId('dst') }, sealed)).rejects.toThrow();
  });

  it('sealed bytes that are damaged anywhere can not be opened', async () => {
    const vault = new CredentialVault(kms, keyArn);
    const sealed = await vault.seal(owner, 'text');
    for (const position of [0, 1, 10, sealed.byteLength - 25, sealed.byteLength - 10, sealed.byteLength - 1]) {
      const damaged = Buffer.from(sealed);
      damaged.writeUInt8(damaged.readUInt8(position) ^ 1, position);
      await expect(vault.open(owner, damaged), `byte ${position}`).rejects.toThrow();
    }
  });

  it('credentials are decrypted once, however often they are opened', async () => {
    const sealed = await new CredentialVault(kms, keyArn).seal(owner, 'text');
    const vault = new CredentialVault(kms, keyArn);
    calls.length = 0;
    await Promise.all(Array.from({ length: 5 }, () => vault.open(owner, Buffer.from(sealed))));
    await vault.open(owner, sealed);
    expect(calls).toEqual(['TrentService.Decrypt']);
  });

  it('a failed decryption is tried again', async () => {
    const vault = new CredentialVault(kms, keyArn);
    const sealed = await vault.seal(owner, 'text');
    const gone = new CredentialVault(kms, `${keyArn}0`);
    await expect(gone.open(owner, sealed)).rejects.toThrow();
    calls.length = 0;
    await expect(gone.open(owner, sealed)).rejects.toThrow();
    expect(calls).toHaveLength(1);
  });

  it('sealed credentials of a destination come with a form that may be shown', async () => {
    const vault = new CredentialVault(kms, keyArn);
    const destination = { id: newId('dst'), organizationId: newId('org') };
    const credentials = {
      secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
      headers: { Authorization: 'Bearer 12345678' },
    };
    const kept = await sealDestinationCredentials(vault, destination, credentials);
    expect(kept.shownCredentials).toEqual({ secret: '••••LaSw', headers: { Authorization: '••••5678' } });
    expect(await openDestinationCredentials(vault, { ...destination, ...kept })).toEqual(credentials);
  });
});
