import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SQSClient } from '@aws-sdk/client-sqs';
import toFastProperties from 'to-fast-properties';
import { OneShotSha256 } from './one-shot-sha256.ts';
import { withoutLog } from './without-log.ts';

/** Options of a client to be made hot. */
export const hotOptions = { sha256: OneShotSha256 };

/**
 * Makes a client of `hotOptions` do once what it would do for each request, with the same effect; not the log, which nobody reads,
 * and not the figures about its own use in the user agent. All together is two fifths of what the SDK does for a small
 * call, which comes with each webhook (docs/benchmarks.md).
 *
 * - Its configuration, which four of its steps copy for each request, is a hash table to V8, as it was put together property by
 *   property. As an object of a known shape it is copied at once.
 * - The signer knows the client's region and service, which don't change, and asks for the credentials anew each time.
 */
export function hotClient<Client extends DynamoDBClient | SQSClient>(client: Client): Client {
  const hot = withoutLog(client);
  signOnce(hot.config);
  nameOnce(hot as DynamoDBClient);
  toFastProperties(hot.config);
  return client;
}

function signOnce(config: (DynamoDBClient | SQSClient)['config']): void {
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
function nameOnce({ config, middlewareStack }: Pick<DynamoDBClient, 'config' | 'middlewareStack'>): void {
  let userAgent: string | undefined;
  middlewareStack.remove('getUserAgentMiddleware');
  middlewareStack.add(
    (next) => async (args) => {
      userAgent ??= (await config.defaultUserAgentProvider()).map(product).join(' ');
      const { headers } = args.request as { headers: Record<string, string> };
      headers['user-agent'] = userAgent;
      return next(args);
    },
    { name: 'userAgent', step: 'build' },
  );
}

/** `aws-sdk-js/3.1162.0`, `os/linux#6.1`: as the SDK writes it. */
function product([name, version]: readonly [name: string, version?: string]): string {
  if (version === undefined) return name;
  return name.includes('/') ? `${name}#${version}` : `${name}/${version}`;
}
