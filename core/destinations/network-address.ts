import ipaddr from 'ipaddr.js';

/**
 * Which addresses deliveries may be sent to. `public`: only public unicast. `loopback`: also this machine itself, only
 * for `npm start`. Never any other: in AWS, 169.254/16 and loopback lead to credentials and to the API of the Lambda
 * runtime.
 */
export const destinationNetworks = ['public', 'loopback'] as const;
export type DestinationNetwork = (typeof destinationNetworks)[number] | LoopbackButOnePort;

/** Loopback, except the port on which AWS's services themselves are on that machine, and take any credentials. */
interface LoopbackButOnePort {
  readonly awsPort: number;
}

/** The global unicast space that IANA assigns from; everything outside it is unassigned or special. */
const GLOBAL_UNICAST_V6 = ipaddr.parseCIDR('2000::/3');

/**
 * Why deliveries may not go to this IP address, or `undefined` when they may.
 * IPv4-mapped IPv6 addresses are judged as the IPv4 address that they reach.
 */
export function addressProblem(address: string, network: DestinationNetwork): string | undefined {
  if (!ipaddr.isValid(address)) return `${address} is not an IP address`;
  const ip = ipaddr.process(address);
  const range = ip.range();
  if (range === 'loopback' && network !== 'public') return undefined;
  if (range !== 'unicast') return `${address} is not a public address (${range})`;
  if (ip.kind() === 'ipv6' && !ip.match(GLOBAL_UNICAST_V6)) return `${address} is not a public address (unassigned)`;
  return undefined;
}

/** The IP address if the host of the URL is one, in any spelling; `undefined` for a host name. */
export function literalAddress(url: URL): string | undefined {
  // The URL parser has already turned decimal, octal, hex and shortened IPv4 spellings into dotted form.
  const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  return ipaddr.isValid(host) ? host : undefined;
}
