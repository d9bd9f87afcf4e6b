import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';

interface PostResponse {
  readonly statusCode: number;
  readonly headers: IncomingHttpHeaders;
}

/**
 * Posts with these headers and those of the connection. `fetch` would add some of a browser, such as `Sec-Fetch-Mode` and
 * `Accept-Language`, which no provider sends, and which filters and receivers would see.
 */
export async function post(
  url: URL,
  headers: Readonly<Record<string, string>>,
  body: Uint8Array,
  signal: AbortSignal,
): Promise<PostResponse> {
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request(url, { method: 'POST', headers, signal }, resolve).on('error', reject).end(body);
  });
  // Nobody reads its body, which could be long.
  response.destroy();
  return { statusCode: response.statusCode ?? 0, headers: response.headers };
}
