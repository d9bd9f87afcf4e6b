import { type LookupAddress, type LookupAllOptions, lookup as systemLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { addressProblem, type DestinationNetwork } from '../../core/destinations/network-address.ts';

/** A target that deliveries may not go to. Never retried, because the next look-up is no more trustworthy than this one. */
export class BlockedAddressError extends Error {
  readonly code = 'BLOCKED_ADDRESS';

  constructor(host: string, problem: string) {
    super(
      `${host} is blocked: ${problem}. Deliveries go to public addresses only, since others lead into your own network; use a public host name`,
    );
    this.name = 'BlockedAddressError';
  }
}

type LookupCallback = (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void;

/**
 * Looks each name up once at a time: callers that ask meanwhile get the same answer. A look-up occupies a thread until the
 * system's resolver gives up, which no attempt's timeout shortens, so all attempts on a host whose DNS server never answers share
 * one thread.
 */
function sharedLookup(
  lookup: typeof systemLookup,
): (host: string, options: LookupAllOptions, callback: LookupCallback) => void {
  const inFlight = new Map<string, LookupCallback[]>();
  return (host, options, callback) => {
    const key = `${host} ${options.family} ${options.hints}`;
    const waiting = inFlight.get(key);
    if (waiting) {
      waiting.push(callback);
      return;
    }
    const callbacks = [callback];
    inFlight.set(key, callbacks);
    lookup(host, options, (error, addresses) => {
      inFlight.delete(key);
      for (const notify of callbacks) notify(error, addresses);
    });
  };
}

/**
 * A DNS look-up for `net.connect` that refuses a host if any of its addresses is one that deliveries may not go to. The socket
 * connects to an address from this same answer, so there is no second look-up that could answer differently (DNS rebinding).
 *
 * `net.connect` does not call it for IP literals, which are checked beforehand.
 */
export function checkedLookup(network: DestinationNetwork, lookup: typeof systemLookup = systemLookup): LookupFunction {
  const shared = sharedLookup(lookup);
  return (host, options, callback) => {
    shared(host, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, '', 0);
      for (const { address } of addresses) {
        const problem = addressProblem(address, network);
        if (problem) return callback(new BlockedAddressError(host, problem), '', 0);
      }
      const [first] = addresses;
      if (!first) return callback(Object.assign(new Error(`${host} has no address`), { code: 'ENOTFOUND' }), '', 0);
      return options.all ? callback(null, addresses) : callback(null, first.address, first.family);
    });
  };
}
