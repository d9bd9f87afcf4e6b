import type { HeaderRule, OriginObject } from './distribution-spec.ts';

/** A response of the distribution itself or of a bucket behind it. Header names are in lower case. */
export interface SiteResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | string;
}

/** S3's response for a key that doesn't exist, to a caller that may list the bucket. */
export function keyNotFound(key: string): SiteResponse {
  return s3Error(404, 'NoSuchKey', 'The specified key does not exist.', key);
}

/** S3's response for a path that is not a URI. */
export function invalidUri(): SiteResponse {
  return s3Error(400, 'InvalidURI', "Couldn't parse the specified URI.");
}

/** CloudFront's own response if a behavior doesn't allow a method. */
export function methodRefused(): SiteResponse {
  return cloudFrontError(
    403,
    'This distribution is not configured to allow the HTTP request method that was used for this request.',
  );
}

/** CloudFront's own response if the function of a behavior fails. */
export function functionFailed(): SiteResponse {
  return cloudFrontError(503, 'The CloudFront function associated with this distribution failed.');
}

/** An object as it is stored. */
export function fullResponse({ bytes, md5, modifiedMs, headers }: OriginObject): SiteResponse {
  return {
    status: 200,
    headers: {
      'content-type': 'binary/octet-stream',
      ...headers,
      etag: `"${md5}"`,
      'last-modified': new Date(modifiedMs).toUTCString(),
    },
    body: bytes,
  };
}

/** Adds the headers of a response headers policy. A header that doesn't override gives way to one from the origin. */
export function withPolicy(response: SiteResponse, rules: readonly HeaderRule[]): SiteResponse {
  const headers = { ...response.headers };
  for (const { name, value, override } of rules) {
    if (override || headers[name] === undefined) headers[name] = value;
  }
  return { ...response, headers };
}

/** Whether the viewer already has this response. https://www.rfc-editor.org/rfc/rfc9110#section-13.2.2 */
export function isCurrent(
  response: SiteResponse,
  conditions: { readonly ifNoneMatch: string | undefined; readonly ifModifiedSince: string | undefined },
): boolean {
  const { ifNoneMatch, ifModifiedSince } = conditions;
  if (ifNoneMatch !== undefined) {
    const own = withoutWeakPrefix(response.headers.etag ?? '');
    return ifNoneMatch.trim() === '*' || ifNoneMatch.split(',').some((tag) => withoutWeakPrefix(tag.trim()) === own);
  }
  if (ifModifiedSince === undefined) return false;
  return Date.parse(response.headers['last-modified'] ?? '') <= Date.parse(ifModifiedSince);
}

/** Weak and strong tags of the same content count as equal here. */
function withoutWeakPrefix(etag: string): string {
  return etag.replace(/^W\//, '');
}

function s3Error(status: number, code: string, message: string, key?: string): SiteResponse {
  const keyElement = key === undefined ? '' : `<Key>${escapeXml(key)}</Key>`;
  return {
    status,
    headers: { 'content-type': 'application/xml' },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message>${keyElement}</Error>`,
  };
}

function cloudFrontError(status: number, reason: string): SiteResponse {
  return {
    status,
    headers: { 'content-type': 'text/html' },
    body: `<!doctype html><title>ERROR: The request could not be satisfied</title><h1>${status} ERROR</h1><p>${reason}</p>`,
  };
}

function escapeXml(text: string): string {
  return text.replace(/[<>&"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
