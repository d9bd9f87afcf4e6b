import { randomBytes } from 'node:crypto';
import type * as z from 'zod';
import type { Clock } from '../clock.ts';
import type { Database } from '../database.ts';
import { AwsError } from '../wire/aws-error.ts';
import { type AwsJsonOperation, awsJsonService } from '../wire/aws-json.ts';
import { type InputProblem, parseInput } from '../wire/parse-input.ts';
import type { WireService } from '../wire/wire.ts';
import { invalidCiphertext, keyIdOf, seal, unseal } from './ciphertext.ts';
import { type Key, KeyStore } from './key-store.ts';
import { schemas } from './wire-schemas.ts';

const ACCOUNT_ID = '000000000000';
const ALGORITHM = 'SYMMETRIC_DEFAULT';
const KEY_SPEC_BYTES = { AES_128: 16, AES_256: 32 } as const;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

type Input<Operation extends keyof typeof schemas> = z.infer<(typeof schemas)[Operation]>;

/** KMS with symmetric keys: https://docs.aws.amazon.com/kms/latest/APIReference/Welcome.html */
export class Kms {
  readonly wire: WireService;
  readonly #keys: KeyStore;
  readonly #clock: Clock;
  readonly #region: string;

  constructor({ database, clock, region }: { database: Database; clock: Clock; region: string }) {
    this.#keys = new KeyStore(database);
    this.#clock = clock;
    this.#region = region;
    this.wire = awsJsonService({
      signingName: 'kms',
      targetPrefix: 'TrentService',
      jsonVersion: '1.1',
      operations: {
        DescribeKey: operation('DescribeKey', schemas.DescribeKey, (input) => this.#describeKey(input)),
        Encrypt: operation('Encrypt', schemas.Encrypt, (input) => this.#encrypt(input)),
        Decrypt: operation('Decrypt', schemas.Decrypt, (input) => this.#decrypt(input)),
        GenerateDataKey: operation('GenerateDataKey', schemas.GenerateDataKey, (input) => this.#generateDataKey(input)),
      },
    });
  }

  /** The key with that name in the stack, created if there is none. */
  ensureKey({ logicalName }: { readonly logicalName: string }): { readonly keyId: string; readonly arn: string } {
    const { id } = this.#keys.ensure(logicalName, this.#clock.nowMs());
    return { keyId: id, arn: this.#arnOf('key', id) };
  }

  /** Points `alias/…` at a key. @throws AwsError NotFoundException, ValidationException */
  ensureAlias({ aliasName, keyId }: { readonly aliasName: string; readonly keyId: string }): { readonly arn: string } {
    if (!/^alias\/[\w/-]+$/.test(aliasName)) throw validation(`Invalid alias name '${aliasName}'`);
    this.#keys.ensureAlias(aliasName, this.#key(keyId).id);
    return { arn: `arn:aws:kms:${this.#region}:${ACCOUNT_ID}:${aliasName}` };
  }

  #describeKey({ KeyId }: Input<'DescribeKey'>): object {
    const { id, createdMs } = this.#key(KeyId);
    return {
      KeyMetadata: {
        AWSAccountId: ACCOUNT_ID,
        Arn: this.#arnOf('key', id),
        CreationDate: createdMs / 1000,
        CustomerMasterKeySpec: ALGORITHM,
        Description: '',
        Enabled: true,
        EncryptionAlgorithms: [ALGORITHM],
        KeyId: id,
        KeyManager: 'CUSTOMER',
        KeySpec: ALGORITHM,
        KeyState: 'Enabled',
        KeyUsage: 'ENCRYPT_DECRYPT',
        MultiRegion: false,
        Origin: 'AWS_KMS',
      },
    };
  }

  #encrypt({ KeyId, Plaintext, EncryptionContext }: Input<'Encrypt'>): object {
    const key = this.#key(KeyId);
    return {
      CiphertextBlob: seal(key, Plaintext, EncryptionContext).toString('base64'),
      KeyId: this.#arnOf('key', key.id),
      EncryptionAlgorithm: ALGORITHM,
    };
  }

  #decrypt({ CiphertextBlob, EncryptionContext, KeyId }: Input<'Decrypt'>): object {
    const key = this.#keys.byId(keyIdOf(CiphertextBlob));
    if (KeyId && this.#key(KeyId).id !== key?.id) {
      throw new AwsError(
        'IncorrectKeyException',
        'The key ID in the request does not identify a CMK that can perform this operation.',
      );
    }
    if (!key) throw invalidCiphertext();
    return {
      KeyId: this.#arnOf('key', key.id),
      Plaintext: unseal(key, CiphertextBlob, EncryptionContext).toString('base64'),
      EncryptionAlgorithm: ALGORITHM,
    };
  }

  #generateDataKey({ KeyId, KeySpec, NumberOfBytes, EncryptionContext }: Input<'GenerateDataKey'>): object {
    if (Boolean(KeySpec) === Boolean(NumberOfBytes)) {
      throw validation('Please specify either number of bytes or key spec.');
    }
    const key = this.#key(KeyId);
    const plaintext = randomBytes(KeySpec ? KEY_SPEC_BYTES[KeySpec] : Number(NumberOfBytes));
    return {
      CiphertextBlob: seal(key, plaintext, EncryptionContext).toString('base64'),
      Plaintext: plaintext.toString('base64'),
      KeyId: this.#arnOf('key', key.id),
    };
  }

  /** By id, ARN, alias or alias ARN. @throws AwsError NotFoundException */
  #key(keyId: string): Key {
    const [prefix, partition, service, region, , resource] = keyId.split(':');
    const isArn = prefix === 'arn' && partition === 'aws' && service === 'kms' && resource !== undefined;
    if (isArn && region !== this.#region) throw notFound(`Invalid arn ${region}`);
    const name = isArn ? resource : keyId;
    if (name.startsWith('alias/')) {
      const key = this.#keys.byAlias(name);
      if (key) return key;
      throw notFound(`Alias arn:aws:kms:${this.#region}:${ACCOUNT_ID}:${name} is not found.`);
    }
    const id = isArn ? name.replace(/^key\//, '') : name;
    if (!UUID.test(id)) throw notFound(`Invalid keyId '${id}'`);
    const key = this.#keys.byId(id);
    if (key) return key;
    throw notFound(`Key '${this.#arnOf('key', id)}' does not exist`);
  }

  #arnOf(type: string, id: string): string {
    return `arn:aws:kms:${this.#region}:${ACCOUNT_ID}:${type}/${id}`;
  }
}

function operation<T>(name: string, schema: z.ZodType<T>, perform: (input: T) => object): AwsJsonOperation {
  return async (input) => perform(parseInput(schema, input, 'kms', name, invalidMember));
}

function invalidMember({ kind, path, reason }: InputProblem): AwsError {
  const member = path.slice(0, 1).toLowerCase() + path.slice(1);
  const constraint = kind === 'missing' ? 'Member must not be null' : reason;
  return validation(`1 validation error detected: Value at '${member}' failed to satisfy constraint: ${constraint}`);
}

function validation(message: string): AwsError {
  return new AwsError('ValidationException', message);
}

function notFound(message: string): AwsError {
  return new AwsError('NotFoundException', message);
}
