import { createHash, createSecretKey, hkdfSync, type KeyObject, timingSafeEqual } from 'node:crypto';
import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { TtlCache } from '../../shared/ttl-cache.ts';

/** After this time at the latest, a rotated root key is in use. */
const TTL_MS = 60_000;

/** The installation's first key: it lives in Secrets Manager, makes organizations and keys, and may do everything. */
export class RootKey {
  readonly #cache: TtlCache<string, string>;
  readonly #arn: string;

  constructor(secretsManager: SecretsManagerClient, arn: string) {
    this.#arn = arn;
    this.#cache = new TtlCache({ load: (id) => read(secretsManager, id), ttlMs: TTL_MS, maxEntries: 1 });
  }

  /** Compares digests: the time it takes tells nothing about the key, not even its length. */
  async isEqualTo(presented: string): Promise<boolean> {
    return timingSafeEqual(sha256(presented), sha256(await this.#get()));
  }

  /** A key of 32 bytes for one particular purpose, from which the root key can't be computed. */
  async derive(purpose: string): Promise<KeyObject> {
    return createSecretKey(Buffer.from(hkdfSync('sha256', await this.#get(), '', purpose, 32)));
  }

  #get(): Promise<string> {
    return this.#cache.get(this.#arn, Date.now());
  }
}

async function read(secretsManager: SecretsManagerClient, arn: string): Promise<string> {
  const { SecretString } = await secretsManager.send(new GetSecretValueCommand({ SecretId: arn }));
  if (!SecretString) throw new Error('the root key secret has no value');
  return SecretString;
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
