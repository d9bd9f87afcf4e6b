import { hostProblem, parseDestinationUrl } from '../../core/destinations/destination-url.ts';
import type { DestinationNetwork } from '../../core/destinations/network-address.ts';
import { BlockedAddressError } from './checked-lookup.ts';

/**
 * Checks a URL again by the rules for new ones, which may have become stricter since it was accepted. Host names are checked when
 * they are resolved.
 * @throws BlockedAddressError, UnusableUrlError
 */
export function parseCheckedUrl(text: string, network: DestinationNetwork): URL {
  const parsed = URL.parse(text);
  const blocked = parsed && hostProblem(parsed, network);
  if (blocked) throw new BlockedAddressError(parsed.hostname, blocked);
  const { url, problem } = parseDestinationUrl(text, network);
  if (!url) throw new UnusableUrlError(problem);
  return url;
}

class UnusableUrlError extends Error {
  readonly code = 'ERR_INVALID_URL';

  constructor(problem: string) {
    super(`the URL ${problem}`);
    this.name = 'UnusableUrlError';
  }
}
