import type { ErrorDetail } from '../api-error.ts';
import type { Signing } from './signing-fields.ts';

/** The settings that decide which headers the requests of a destination have; credentials may be masked. */
interface SignedRequests {
  readonly signing?: Signing | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** Of any kind. */
  readonly auth?: { readonly type: string; readonly in?: unknown; readonly name?: unknown } | null | undefined;
}

/** Headers that describe the body: a receiver that is told something else can't read it. */
const OF_BODY = ['content-type', 'content-encoding'];

/** A header that is already used, and by what. */
interface Clash {
  readonly field: 'header' | 'timestamp_header';
  readonly header: string;
  readonly problem: string;
}

/**
 * Signatures whose header is already taken. A header of `auth` would replace the signature, so that requests go out
 * unsigned; one of the destination's own would be replaced by it. This is not a rule of `signing` alone, because rows
 * are read by that, too.
 *
 * @param before the destination before a change. Clashes that it has already are not the fault of the change, and a
 *   destination that is older than this rule must still be able to change its key.
 */
export function signingClashes(requests: SignedRequests, before?: SignedRequests): ErrorDetail[] {
  const known = before ? clashesOf(before) : [];
  const isKnown = ({ field, header, problem }: Clash) =>
    known.some((one) => one.field === field && one.header === header && one.problem === problem);
  return clashesOf(requests)
    .filter((clash) => !isKnown(clash))
    .map(({ field, problem }) => ({ path: `signing.${field}`, problem }));
}

function clashesOf({ signing, headers, auth }: SignedRequests): Clash[] {
  if (signing?.scheme !== 'hmac') return [];
  const ofAuth = auth && headerOfAuth(auth)?.toLowerCase();
  const own = Object.keys(headers).map((name) => name.toLowerCase());
  return (['header', 'timestamp_header'] as const).flatMap((field) => {
    const header = signing[field]?.toLowerCase() ?? '';
    const problems = [
      OF_BODY.includes(header) && 'is a header that describes the body',
      header === ofAuth && 'is the header of auth, which would replace it',
      own.includes(header) && 'is also in headers, and would replace that one',
    ];
    return problems.flatMap((problem) => (problem ? [{ field, header, problem }] : []));
  });
}

function headerOfAuth(auth: NonNullable<SignedRequests['auth']>): string | undefined {
  if (auth.type !== 'api_key') return 'Authorization';
  return auth.in === 'header' ? String(auth.name) : undefined;
}
