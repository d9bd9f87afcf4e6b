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

/** As far as the stacks of all clients are alike. */
interface Steps {
  remove(name: string): boolean;
  add(step: Step, options: { readonly name: string; readonly step: 'build' }): void;
}

/**
 * A client that does once what the SDK's would do for each request, with the same effect. Two things are left out: a log
 * that nobody reads, and what the user agent tells of a request's own use of the SDK. All together is more than half of what
 * the SDK does for a small call, which comes with each webhook (docs/benchmarks.md).
 *
 * - Its configuration, which three of its steps copy for each request, is a hash table to V8, as it was put together property by
 *   property. As an object of a known shape it is copied at once.
 * - Its signer, for which a fourth step copied it, knows region and service, which don't change; date, clock skew and credentials
 *   it asks for each time; and it signs in one go (`JsonRequestSigner`).
 *
 * For services whose requests all have one scheme of signatures, SigV4: DynamoDB and SQS do, S3 and EventBridge don't.
 *
 * @param options `const` keeps literal types: SQS accepts `md5: false`, not `boolean`.
 */
export function hotClient<const Options, Hot extends DynamoDBClient | SQSClient>(
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

/** The SDK's own middleware asks for the same parts, and escapes them, for each request. */
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

/** What is in no token of HTTP; a slash and a `#` divide the parts. */
const NOT_IN_A_NAME = /[^!$%&'*+\-./^_`|~\w]/g;
const NOT_IN_A_VERSION = /[^!$%&'*+\-.^_`|~\w#]/g;
