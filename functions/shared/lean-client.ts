import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SQSClient } from '@aws-sdk/client-sqs';
import toFastProperties from 'to-fast-properties';
import { JsonRequestSigner } from './json-request-signer.ts';
import { withoutLog } from './without-log.ts';

type Config = (DynamoDBClient | SQSClient)['config'];

const signing = { signerConstructor: JsonRequestSigner };

/** A step of a request, whatever its command. */
type Step = <Args extends { request: unknown }, Answer>(
  next: (args: Args) => Promise<Answer>,
) => (args: Args) => Promise<Answer>;

/** What the middleware stacks of all clients have in common. */
interface Steps {
  remove(name: string): boolean;
  add(step: Step, options: { readonly name: string; readonly step: 'build' }): void;
}

/**
 * A client that does once what the SDK does for each request, with the same effect, and leaves out two things: a log
 * that nobody reads, and the part of the user agent that tells how a request uses the SDK. Together that is more than
 * half of the SDK's work for a small call, and each webhook makes such calls (docs/benchmarks.md).
 *
 * - Three middleware steps copy the configuration for each request. It was put together property by property, so that
 *   V8 keeps it as a hash table; as an object of a known shape it is copied much faster.
 * - The signer, for which a fourth step copied it, is made once: region and service don't change, and it still asks for
 *   date, clock skew and credentials each time. It signs in one go (`JsonRequestSigner`).
 *
 * Only for services whose requests are all signed with SigV4: DynamoDB and SQS, not S3 and EventBridge.
 *
 * @param options `const` keeps literal types: SQS accepts `md5: false`, not `boolean`.
 */
export function leanClient<const Options, Hot extends DynamoDBClient | SQSClient>(
  Client: new (options: Options & typeof signing) => Hot,
  options: Options,
): Hot {
  const client = withoutLog(new Client({ ...signing, ...options }));
  signOnce(client.config);
  nameOnce(client.config, client.middlewareStack);
  toFastProperties(client.config);
  return client;
}

function signOnce(config: Config): void {
  const makeSigner = config.signer;
  let made: ReturnType<typeof makeSigner> | undefined;
  config.signer = (scheme) => {
    made ??= makeSigner(scheme).catch((error) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}

/** Made once: the SDK's own middleware collects and escapes the same parts for each request. */
function nameOnce(config: Config, steps: Steps): void {
  let userAgent: string | undefined;
  steps.remove('getUserAgentMiddleware');
  steps.add(
    (next) => async (args) => {
      userAgent ??= await userAgentOf(config);
      const { headers } = args.request as { headers: Record<string, string> };
      headers['user-agent'] = userAgent;
      return next(args);
    },
    { name: 'userAgent', step: 'build' },
  );
}

async function userAgentOf(config: Config): Promise<string> {
  const [parts, appId] = await Promise.all([config.defaultUserAgentProvider(), config.userAgentAppId()]);
  return [...parts.map(product), ...(appId ? [product(['app', appId])] : [])].join(' ');
}

/** `aws-sdk-js/3.1162.0`, `os/linux#6.1`, `api/dynamodb#3.1162.0`: as the SDK writes it. */
function product([name, version]: readonly [name: string, version?: string]): string {
  const [kind, ...rest] = name.split('/');
  const written = (kind === 'api' ? name.toLowerCase() : name).replace(NOT_IN_A_NAME, '-');
  if (version === undefined) return written;
  return `${written}${rest.length > 0 ? '#' : '/'}${version.replace(NOT_IN_A_VERSION, '-')}`;
}

/** Characters that an HTTP token must not have, and those that separate the parts: a slash and a `#`. */
const NOT_IN_A_NAME = /[^!$%&'*+\-./^_`|~\w]/g;
const NOT_IN_A_VERSION = /[^!$%&'*+\-.^_`|~\w#]/g;
