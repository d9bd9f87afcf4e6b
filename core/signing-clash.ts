import type { ErrorDetail } from './api-error.ts';
import type { Signing } from './signing-fields.ts';

/** What of a destination decides which headers its requests have; credentials may be masked. */
interface SignedRequests {
  readonly signing?: Signing | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** Of any kind. */
  readonly auth?: { readonly type: string; readonly in?: unknown; readonly name?: unknown } | null | undefined;
}

/** What headers say of the body: a receiver that is told something else can't read it. */
const OF_BODY = ['content-type', 'content-encoding'];

/**
 * Where a signature would stand in a header that is taken. One of `auth` replaces it, so that requests go out unsigned; one of the
 * destination's own is replaced by it. Not a rule of `signing` alone, by which rows are read too.
 */
export function signingClashes({ signing, headers, auth }: SignedRequests): ErrorDetail[] {
  if (signing?.scheme !== 'hmac') return [];
  const ofAuth = auth && headerOfAuth(auth)?.toLowerCase();
  const own = Object.keys(headers).map((name) => name.toLowerCase());
  const problemOf = (header: string) => {
    if (OF_BODY.includes(header)) return 'is a header that says what the body is';
    if (header === ofAuth) return 'is the header of auth, which takes its place';
    return own.includes(header) ? 'is one of headers, whose place it takes' : undefined;
  };
  return (['header', 'timestamp_header'] as const).flatMap((field) => {
    const problem = problemOf(signing[field]?.toLowerCase() ?? '');
    return problem === undefined ? [] : [{ path: `signing.${field}`, problem }];
  });
}

function headerOfAuth(auth: NonNullable<SignedRequests['auth']>): string | undefined {
  if (auth.type !== 'api_key') return 'Authorization';
  return auth.in === 'header' ? String(auth.name) : undefined;
}
