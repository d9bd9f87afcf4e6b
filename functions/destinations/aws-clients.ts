import { createHash } from 'node:crypto';
import { AssumeRoleCommand, type STSClient } from '@aws-sdk/client-sts';
import type { AuthOf } from '../../core/destination-types/auth.ts';
import { addNewest } from '../shared/newest-entries.ts';
import { watchfulAgents } from '../shared/stale-connection.ts';
import { timePerAddress } from './deadline.ts';
import type { OpenedDestination } from './destination-type.ts';

interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

/** The same for every client of the SDK. */
type RequestHandler = STSClient['config']['requestHandler'];

/** The client options that all AWS destination types share. */
interface ClientOptions {
  readonly region: string;
  readonly credentials: () => Promise<AwsCredentials>;
  /** Only the destination's policy retries. The SDK's own retries would use up the attempt's time and appear in no log. */
  readonly maxAttempts: 1;
  readonly requestHandler: RequestHandler | typeof CONNECTIONS;
}

/** For opening a connection, regardless of the timeout of the attempt. */
const CONNECTION_TIMEOUT_MS = 5_000;

/** How the first client opens connections, which the others share. Each attempt also has its own timeout. */
const CONNECTIONS = {
  connectionTimeout: CONNECTION_TIMEOUT_MS,
  requestTimeout: 60_000,
  throwOnRequestTimeout: true,
  ...watchfulAgents(timePerAddress(CONNECTION_TIMEOUT_MS)),
};

/**
 * A client is only a few objects. What is expensive are connections, which all clients share, and credentials, which each client
 * keeps.
 */
const MAX_CLIENTS = 200;

/** The limit when a role assumes another role: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
const SESSION_SECONDS = 3_600;

/**
 * Clients of one service, each with the credentials of one destination, created on first use. They never use the function's
 * own credentials, since a destination would then have access to everything that the function has.
 */
export class AwsClients<Client extends { readonly config: { readonly requestHandler: RequestHandler } }> {
  readonly #clients = new Map<string, Client>();
  readonly #create: (options: ClientOptions) => Client;
  readonly #sts: () => STSClient;
  #requestHandler: RequestHandler | undefined;

  constructor(sts: () => STSClient, create: (options: ClientOptions) => Client) {
    this.#sts = sts;
    this.#create = create;
  }

  client(destination: OpenedDestination, region: string): Client {
    const { id, organizationId, auth } = destination;
    const key = createHash('sha256')
      .update(JSON.stringify([id, organizationId, region, auth]))
      .digest('base64');
    let client = this.#clients.get(key);
    if (!client) {
      const credentials = credentialProvider(destination, this.#sts);
      const requestHandler = this.#requestHandler ?? CONNECTIONS;
      client = this.#create({ region, credentials, maxAttempts: 1, requestHandler });
      this.#requestHandler ??= client.config.requestHandler;
    }
    addNewest(this.#clients, key, client, MAX_CLIENTS);
    return client;
  }
}

/** The client calls the returned function once, and again when the credentials expire. */
function credentialProvider(destination: OpenedDestination, sts: () => STSClient): () => Promise<AwsCredentials> {
  const { id, auth } = destination;
  switch (auth?.type) {
    case 'aws_access_key': {
      const fixed = { accessKeyId: auth.access_key_id, secretAccessKey: auth.secret_access_key };
      return async () => fixed;
    }
    case 'aws_role':
      return () => assumeRole(sts(), destination, auth);
    default:
      throw new Error(`${id} is an AWS destination, but has no AWS credentials`);
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
      // Shown in the CloudTrail of the account that owns the role.
      RoleSessionName: id,
      ExternalId: organizationId,
      DurationSeconds: SESSION_SECONDS,
    }),
  );
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = Credentials ?? {};
  if (!AccessKeyId || !SecretAccessKey || !SessionToken || !Expiration) throw new Error('STS returned no credentials');
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
    expiration: Expiration,
  };
}
