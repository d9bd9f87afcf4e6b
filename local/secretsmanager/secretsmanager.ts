import { randomInt, randomUUID } from 'node:crypto';
import type * as z from 'zod';
import type { Clock } from '../clock.ts';
import type { Database } from '../database.ts';
import { type AwsJsonOperation, awsJsonService } from '../wire/aws-json.ts';
import { parseInput } from '../wire/parse-input.ts';
import type { WireService } from '../wire/wire.ts';
import { invalidMember, refusal, valueNotFound } from './errors.ts';
import { type GenerateSecretString, generateSecretString } from './generate-secret-string.ts';
import { type Secret, SecretStore, type SecretVersion } from './secret-store.ts';
import { givenValue, isSameValue } from './secret-value.ts';
import { schemas } from './wire-schemas.ts';

const ACCOUNT_ID = '000000000000';
const MAX_LISTED_SECRETS = 100;
const ARN_SUFFIX_CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

type Input<Operation extends keyof typeof schemas> = z.infer<(typeof schemas)[Operation]>;

/** What the template says about a secret. If it gives neither a value nor how to generate one, the secret has no value. */
export interface SecretSpec {
  readonly name: string;
  readonly generate?: GenerateSecretString;
  readonly value?: string;
}

/** Secrets Manager: https://docs.aws.amazon.com/secretsmanager/latest/apireference/Welcome.html */
export class SecretsManager {
  readonly wire: WireService;
  readonly #database: Database;
  readonly #secrets: SecretStore;
  readonly #clock: Clock;
  readonly #region: string;

  constructor({ database, clock, region }: { database: Database; clock: Clock; region: string }) {
    this.#database = database;
    this.#secrets = new SecretStore(database);
    this.#clock = clock;
    this.#region = region;
    this.wire = awsJsonService({
      signingName: 'secretsmanager',
      targetPrefix: 'secretsmanager',
      jsonVersion: '1.1',
      operations: {
        GetSecretValue: operation('GetSecretValue', schemas.GetSecretValue, (input) => this.#getSecretValue(input)),
        DescribeSecret: operation('DescribeSecret', schemas.DescribeSecret, (input) => this.#describeSecret(input)),
        PutSecretValue: operation('PutSecretValue', schemas.PutSecretValue, (input) => this.#putSecretValue(input)),
        ListSecrets: operation('ListSecrets', schemas.ListSecrets, (input) => this.#listSecrets(input)),
      },
    });
  }

  /**
   * Creates the secret unless there is one of that name. A generated value is made once and kept. A given value is only put if it
   * differs from what the template gave before, so that a value put by hand stays.
   *
   * @returns `created`: whether this call gave the secret a new value.
   * @throws AwsError InvalidParameterException, ValidationException
   */
  ensureSecret({ name, generate, value }: SecretSpec): { readonly arn: string; readonly created: boolean } {
    const secret = this.#secrets.find(name) ?? this.#create(name);
    const { arn } = secret;
    if (value !== undefined) {
      if (secret.declaredValue === value) return { arn, created: false };
      this.putValue(arn, value);
      this.#secrets.declare(arn, value);
      return { arn, created: true };
    }
    if (!generate || this.#secrets.versions(arn).length > 0) return { arn, created: false };
    this.putValue(arn, generateSecretString(generate));
    return { arn, created: true };
  }

  /** The current value. @throws AwsError ResourceNotFoundException; Error for a binary one */
  getValue(secretId: string): string {
    const { value } = this.#version(this.#secret(secretId), undefined, 'AWSCURRENT');
    if (value.kind !== 'string') throw new Error(`the secret ${secretId} is binary`);
    return value.text;
  }

  /** Makes `value` the current one, durable on return. @throws AwsError ResourceNotFoundException */
  putValue(secretId: string, value: string): void {
    const { arn } = this.#secret(secretId);
    this.#secrets.addVersion(arn, randomUUID(), { kind: 'string', text: value }, this.#clock.nowMs());
  }

  #create(name: string): Secret {
    if (!/^[\w/+=.@!-]{1,512}$/.test(name)) {
      throw refusal(
        'ValidationException',
        'Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!',
      );
    }
    // AWS appends six random characters, so that a secret created anew is not taken for its predecessor.
    const suffix = Array.from({ length: 6 }, () =>
      ARN_SUFFIX_CHARACTERS.charAt(randomInt(ARN_SUFFIX_CHARACTERS.length)),
    );
    const arn = `arn:aws:secretsmanager:${this.#region}:${ACCOUNT_ID}:secret:${name}-${suffix.join('')}`;
    const secret = { arn, name, createdMs: this.#clock.nowMs(), declaredValue: undefined };
    this.#secrets.add(secret);
    return secret;
  }

  async #getSecretValue({ SecretId, VersionId, VersionStage }: Input<'GetSecretValue'>): Promise<object> {
    const secret = this.#secret(SecretId);
    const version = this.#version(secret, VersionId ?? undefined, VersionStage ?? undefined);
    return {
      ARN: secret.arn,
      Name: secret.name,
      CreatedDate: version.createdMs / 1000,
      VersionId: version.id,
      VersionStages: version.stages,
      ...(version.value.kind === 'string'
        ? { SecretString: version.value.text }
        : { SecretBinary: Buffer.from(version.value.bytes).toString('base64') }),
    };
  }

  async #describeSecret({ SecretId }: Input<'DescribeSecret'>): Promise<object> {
    const { labelled, ...description } = this.#description(this.#secret(SecretId));
    return { ...description, VersionIdsToStages: labelled };
  }

  async #listSecrets({ MaxResults, NextToken }: Input<'ListSecrets'>): Promise<object> {
    const limit = MaxResults ?? MAX_LISTED_SECRETS;
    const after = NextToken ? Buffer.from(NextToken, 'base64').toString('utf8') : '';
    const found = this.#secrets.list(after, limit + 1);
    const page = found.slice(0, limit);
    const last = found.length > limit ? page.at(-1) : undefined;
    return {
      SecretList: page.map((secret) => {
        const { labelled, ...description } = this.#description(secret);
        return { ...description, SecretVersionsToStages: labelled };
      }),
      ...(last && { NextToken: Buffer.from(last.name).toString('base64') }),
    };
  }

  #putSecretValue(input: Input<'PutSecretValue'>): Promise<object> {
    const { ClientRequestToken: id } = input;
    if (!id) {
      throw refusal(
        'InvalidRequestException',
        'You must provide a ClientRequestToken value. We recommend a UUID-type value.',
      );
    }
    const value = givenValue(input);
    const nowMs = this.#clock.nowMs();
    return this.#database.write(() => {
      const { arn, name } = this.#secret(input.SecretId);
      const earlier = this.#secrets.versions(arn).find((version) => version.id === id);
      if (!earlier) this.#secrets.addVersion(arn, id, value, nowMs);
      else if (!isSameValue(earlier.value, value)) {
        throw refusal(
          'ResourceExistsException',
          `You can't use ClientRequestToken ${id} because that value is already in use for a version of secret ${arn}.`,
        );
      }
      return { ARN: arn, Name: name, VersionId: id, VersionStages: earlier?.stages ?? ['AWSCURRENT'] };
    });
  }

  #description(secret: Secret) {
    const versions = this.#secrets.versions(secret.arn);
    return {
      ARN: secret.arn,
      Name: secret.name,
      CreatedDate: secret.createdMs / 1000,
      LastChangedDate: (versions[0]?.createdMs ?? secret.createdMs) / 1000,
      labelled: Object.fromEntries(
        versions.filter(({ stages }) => stages.length > 0).map(({ id, stages }) => [id, stages]),
      ),
    };
  }

  #secret(secretId: string): Secret {
    const secret = this.#secrets.find(secretId);
    if (secret) return secret;
    throw refusal('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
  }

  #version(secret: Secret, id: string | undefined, stage: string | undefined): SecretVersion {
    const versions = this.#secrets.versions(secret.arn);
    if (id !== undefined) {
      const version = versions.find((candidate) => candidate.id === id);
      if (!version) throw valueNotFound(`VersionId: ${id}`);
      if (stage === undefined || hasStage(version, stage)) return version;
      throw refusal(
        'InvalidRequestException',
        'You provided a VersionStage that is not associated to the provided VersionId.',
      );
    }
    const wanted = stage ?? 'AWSCURRENT';
    const version = versions.find((candidate) => hasStage(candidate, wanted));
    if (version) return version;
    throw valueNotFound(`staging label: ${wanted}`);
  }
}

function operation<T>(name: string, schema: z.ZodType<T>, perform: (input: T) => Promise<object>): AwsJsonOperation {
  return async (input) => perform(parseInput(schema, input, 'secretsmanager', name, invalidMember));
}

function hasStage({ stages }: SecretVersion, stage: string): boolean {
  return stages.some((one) => one === stage);
}
