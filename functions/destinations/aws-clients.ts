import { createHash } from 'node:crypto';
import { AssumeRoleCommand, type STSClient } from '@aws-sdk/client-sts';
import type { AuthOf } from '../../core/destination-types/auth.ts';
import { keepNewest } from '../shared/newest-entries.ts';
import type { OpenedDestination } from './destination-type.ts';

interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

/** The same of every client of the SDK. */
type RequestHandler = STSClient['config']['requestHandler'];

/** Of a client, as far as the types of destinations share it. */
interface ClientOptions {
  readonly region: string;
  readonly credentials: () => Promise<AwsCredentials>;
  /** Retries are the destination's policy: the SDK's own would take the attempt's time, and be in no log. */
  readonly maxAttempts: 1;
  readonly requestHandler: RequestHandler | typeof CONNECTIONS;
}

/** What the first client makes its connections by; the others share them. Each attempt has a timeout of its own beside it. */
const CONNECTIONS = { connectionTimeout: 5_000, requestTimeout: 60_000, throwOnRequestTimeout: true };

/** A client is a few objects; what costs time are connections, which all share, and credentials, which each keeps. */
const MAX_CLIENTS = 200;

/** As long as a role may be assumed by another role: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
const SESSION_SECONDS = 3_600;

/**
 * Clients of one service, each with the credentials of a destination, made on first use. Never the function's own: a
 * destination would be a way to whatever the function may do.
 */
export class AwsClients<Client extends { readonly config: { readonly requestHandler: RequestHandler } }> {
  readonly #clients = new Map<string, Client>();
  readonly #make: (options: ClientOptions) => Client;
  readonly #sts: () => STSClient;
  #requestHandler: RequestHandler | undefined;

  constructor(sts: () => STSClient, make: (options: ClientOptions) => Client) {
    this.#sts = sts;
    this.#make = make;
  }

  client(destination: OpenedDestination, region: string): Client {
    const { id, organizationId, auth } = destination;
    const key = createHash('sha256')
      .update(JSON.stringify([id, organizationId, region, auth]))
      .digest('base64');
    let client = this.#clients.get(key);
    if (!client) {
      const credentials = credentialsOf(destination, this.#sts);
      const requestHandler = this.#requestHandler ?? CONNECTIONS;
      client = this.#make({ region, credentials, maxAttempts: 1, requestHandler });
      this.#requestHandler ??= client.config.requestHandler;
    }
    keepNewest(this.#clients, key, client, MAX_CLIENTS);
    return client;
  }
}

/** The client asks once, and again when the answer expires. */
function credentialsOf(destination: OpenedDestination, sts: () => STSClient): () => Promise<AwsCredentials> {
  const { id, auth } = destination;
  switch (auth?.type) {
    case 'aws_access_key': {
      const fixed = { accessKeyId: auth.access_key_id, secretAccessKey: auth.secret_access_key };
      return async () => fixed;
    }
    case 'aws_role':
      return () => assumeRole(sts(), destination, auth);
    default:
      throw new Error(`${id} is of a type of AWS, and has no credentials of AWS`);
  }
}

async function assumeRole(
  sts: STSClient,
  { id, organizationId }: OpenedDestination,
  { role_arn: RoleArn }: AuthOf<'aws_role'>,
): Promise<AwsCredentials> {
  const { Credentials } = await sts.send(
    new AssumeRoleCommand({
      RoleArn,
      // Shown in the CloudTrail of the account that the role is of.
      RoleSessionName: id,
      ExternalId: organizationId,
      DurationSeconds: SESSION_SECONDS,
    }),
  );
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = Credentials ?? {};
  if (!AccessKeyId || !SecretAccessKey || !SessionToken || !Expiration) throw new Error('STS gave no credentials');
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
    expiration: Expiration,
  };
}
