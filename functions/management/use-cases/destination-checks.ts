import { ApiError, type ErrorDetail } from '../../../core/api-error.ts';
import { type DestinationTypeName, definitionOf } from '../../../core/destination-types/registry.ts';
import type { TypeChange } from '../../../core/destination-types/type-change.ts';
import type { Destination } from '../../../core/destinations/destination.ts';
import { givenUrlProblem, parseDestinationUrl } from '../../../core/destinations/destination-url.ts';
import { signingClashes } from '../../../core/signing/signing-clash.ts';
import type { Services } from '../services.ts';

/** Checks that a schema can't make: they depend on where Hawser runs, and on the destination as it is. */

/** Reports only clashes that the change itself would cause. @throws ApiError VALIDATION_FAILED */
export function checkSigning({ signing, shownCredentials }: Destination, change: TypeChange): void {
  const before = { signing, headers: shownCredentials.headers, auth: shownCredentials.auth };
  const { headers = before.headers, auth = before.auth } = change;
  requireNoProblems(signingClashes({ signing: change.signing ?? signing, headers, auth }, before));
}

/** @throws ApiError VALIDATION_FAILED if there are any problems */
export function requireNoProblems(details: readonly ErrorDetail[]): void {
  const [first] = details;
  if (first) throw new ApiError('VALIDATION_FAILED', `${first.path} ${first.problem}`, { details });
}

/** Checks URLs by the rules that depend on where Hawser runs. @throws ApiError INVALID_URL */
export function checkUrls(
  type: DestinationTypeName,
  { url, auth, config = {} }: Pick<TypeChange, 'url' | 'auth' | 'config'>,
  network: Services['network'],
): void {
  checkUrl('url', url, network);
  for (const name of definitionOf(type).urls ?? []) checkUrl(`config.${name}`, config[name], network);
  if (auth?.type === 'oauth2') checkUrl('auth.token_url', auth.token_url, network);
}

function checkUrl(path: string, text: unknown, network: Services['network']): void {
  if (typeof text !== 'string') return;
  const problem = parseDestinationUrl(text, network).problem ?? givenUrlProblem(text);
  if (problem) throw new ApiError('INVALID_URL', `${path} ${problem}`, { details: [{ path, problem }] });
}
