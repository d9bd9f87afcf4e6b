import { routeInProcess } from '../../local/lambda/worker/in-process-endpoint.ts';
import type { Send } from '../../local/lambda/worker/in-process-request.ts';
import type { AwsEndpoint } from '../../local/wire/endpoint.ts';

/**
 * By `host:port`. For the whole process, not a test file: the SDK keeps the first `http.request` that it finds, for all files.
 */
const waysOfProcess = Symbol.for('hawser.test.ways');
const holder: typeof globalThis & { [waysOfProcess]?: Map<string, Send> } = globalThis;

/**
 * The SDK's requests to this endpoint go without sockets, as those of functions in the local stack do. That saves a third of the
 * time of tests that make many. local/lambda/transport.test.ts tests that the bytes are the same either way.
 * @returns a function that ends this
 */
export function shortenWayTo(url: string, endpoint: AwsEndpoint): () => void {
  holder[waysOfProcess] ??= installed();
  const ways = holder[waysOfProcess];
  const { host } = new URL(url);
  ways.set(host, ({ body, ...request }, answer) => {
    void endpoint.handle({ ...request, body: typeof body === 'string' ? Buffer.from(body) : body }).then(answer);
  });
  return () => ways.delete(host);
}

function installed(): Map<string, Send> {
  const ways = new Map<string, Send>();
  routeInProcess((address) => ways.get(address));
  return ways;
}
