import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SQSClient } from '@aws-sdk/client-sqs';
import toFastProperties from 'to-fast-properties';
import { JsonRequestSigner } from './json-request-signer.ts';

type Config = (DynamoDBClient | SQSClient)['config'];

const signing = { signerConstructor: JsonRequestSigner };

/** A middleware that accepts the requests of any command. */
type Middleware = <Args extends { request: unknown }, Result>(
  next: (args: Args) => Promise<Result>,
) => (args: Args) => Promise<Result>;

/** What the middleware stacks of all clients have in common. */
interface MiddlewareStack {
  remove(name: string): boolean;
  add(middleware: Middleware, options: { readonly name: string; readonly step: 'build' }): void;
}

/**
 * Makes a client that does once what the SDK does for each request, with the same effect, and leaves out two things: a
 * log that nobody reads, and the part of the user agent that tells how a request uses the SDK. Together that is more
 * than half of the SDK's work for a small call, and each webhook makes such calls (docs/benchmarks.md).
 *
 * - Three middleware copy the configuration for each request. It is built property by property, so V8 keeps it as a hash
 *   table; as an object of a known shape it is copied much faster.
 * - The signer, for which a fourth middleware copied it, is made once: region and service don't change, and it still asks
 *   for date, clock skew and credentials each time. It signs in one go (`JsonRequestSigner`).
 *
 * Only for services whose requests are all signed with SigV4: DynamoDB and SQS, not S3 and EventBridge.
 *
 * @param options `const` keeps literal types: SQS accepts `md5: false`, not `boolean`.
 */
export function leanClient<const Options, Client extends DynamoDBClient | SQSClient>(
  ClientClass: new (options: Options & typeof signing) => Client,
  options: Options,
): Client {
  const client = withoutLog(new ClientClass({ ...signing, ...options }));
  makeSignerOnce(client.config);
  makeUserAgentOnce(client.config, client.middlewareStack);
  toFastProperties(client.config);
  return client;
}

/**
 * Removes the logging middleware. Even without a logger it copies each request and response, hundreds of rows of a page
 * one by one: a twentieth of the SDK's work for a small call, a seventh for a page.
 */
export function withoutLog<Client extends { readonly middlewareStack: { remove(name: string): boolean } }>(
  client: Client,
): Client {
  client.middlewareStack.remove('loggerMiddleware');
  return client;
}

function makeSignerOnce(config: Config): void {
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

/** The SDK's own middleware collects and escapes the same parts for each request. */
function makeUserAgentOnce(config: Config, stack: MiddlewareStack): void {
  let userAgent: string | undefined;
  stack.remove('getUserAgentMiddleware');
  stack.add(
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
  return [...parts.map(formatProduct), ...(appId ? [formatProduct(['app', appId])] : [])].join(' ');
}

/** `aws-sdk-js/3.1162.0`, `os/linux#6.1`, `api/dynamodb#3.1162.0`: as the SDK writes it. */
function formatProduct([name, version]: readonly [name: string, version?: string]): string {
  const [kind, ...rest] = name.split('/');
  const escapedName = (kind === 'api' ? name.toLowerCase() : name).replace(NOT_IN_A_NAME, '-');
  if (version === undefined) return escapedName;
  return `${escapedName}${rest.length > 0 ? '#' : '/'}${version.replace(NOT_IN_A_VERSION, '-')}`;
}

/** Characters that an HTTP token must not have, and those that separate the parts: a slash and a `#`. */
const NOT_IN_A_NAME = /[^!$%&'*+\-./^_`|~\w]/g;
const NOT_IN_A_VERSION = /[^!$%&'*+\-.^_`|~\w#]/g;
