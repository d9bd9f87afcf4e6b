import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { createContext, Script } from 'node:vm';
import * as z from 'zod';

/** Far longer than the less than a millisecond that a CloudFront Function may take. It only stops one that never ends. */
const TIMEOUT_MS = 1_000;

/**
 * The result of a function that only rewrites. One that responds to the request itself is refused, because nothing here needs it.
 */
const rewriteResult = z.looseObject({ uri: z.string().startsWith('/'), statusCode: z.undefined().optional() });

export interface DistributionIdentity {
  readonly id: string;
  readonly domainName: string;
}

/**
 * A CloudFront Function on viewer requests. The template's code runs in a context of its own that has the language and nothing
 * else. https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-javascript-runtime-20.html
 */
export class ViewerFunction {
  readonly #handler: Script;
  readonly #identity: DistributionIdentity;

  /** @throws SyntaxError if the code is not JavaScript */
  constructor(code: string, identity: DistributionIdentity) {
    this.#handler = new Script(`${code}\n;Promise.resolve(handler(JSON.parse(event))).then(JSON.stringify)`);
    this.#identity = identity;
  }

  /** @returns the path that the function returns for this request. @throws Error if the function does */
  async rewrite(message: IncomingMessage, path: string, query: string): Promise<string> {
    const event = viewerRequestEvent(message, { path, query, identity: this.#identity });
    // Each request gets a new context, so that nothing is left over for the next one.
    const context = createContext(
      { event: JSON.stringify(event) },
      { codeGeneration: { strings: false, wasm: false } },
    );
    const response: unknown = await this.#handler.runInContext(context, { timeout: TIMEOUT_MS });
    return rewriteResult.parse(JSON.parse(String(response))).uri;
  }
}

interface Value {
  value: string;
  multiValue?: { value: string }[];
}

interface Requested {
  readonly path: string;
  /** Without the question mark. */
  readonly query: string;
  readonly identity: DistributionIdentity;
}

/** https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-event-structure.html */
function viewerRequestEvent(message: IncomingMessage, { path, query, identity }: Requested): object {
  const { cookie, ...headers } = message.headersDistinct;
  return {
    version: '1.0',
    context: {
      distributionDomainName: identity.domainName,
      distributionId: identity.id,
      eventType: 'viewer-request',
      requestId: randomUUID(),
    },
    viewer: { ip: message.socket.remoteAddress ?? '' },
    request: {
      method: message.method ?? 'GET',
      uri: path,
      querystring: valuesOf(pairsOf(query, '&')),
      headers: valuesOf(Object.entries(headers).flatMap(([name, values = []]) => values.map((value) => [name, value]))),
      cookies: valuesOf((cookie ?? []).flatMap((line) => pairsOf(line, ';'))),
    },
  };
}

type Pair = readonly string[];

/** Names and values as they were sent, including escapes. */
function pairsOf(text: string, separator: string): Pair[] {
  return text
    .split(separator)
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => {
      const equals = part.indexOf('=');
      return equals === -1 ? [part, ''] : [part.slice(0, equals), part.slice(equals + 1)];
    });
}

/** The last value of each name, and all values if there are several. */
function valuesOf(pairs: readonly Pair[]): Record<string, Value> {
  const byName: Record<string, Value> = Object.create(null);
  for (const [name = '', value = ''] of pairs) {
    const known = byName[name];
    if (known === undefined) byName[name] = { value };
    else {
      known.multiValue ??= [{ value: known.value }];
      known.multiValue.push({ value });
      known.value = value;
    }
  }
  return byName;
}
