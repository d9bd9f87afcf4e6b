import { formatInteger } from '../format-integer.ts';
import { isMaskedForm, MASKED_FORM } from '../secrets/masking.ts';
import { isBadPort } from './bad-ports.ts';
import { addressProblem, type DestinationNetwork, literalAddress } from './network-address.ts';

const MAX_URL_LENGTH = 2048;
/** Characters that the URL parser would silently drop or rewrite: the stored URL must be the one that is called. */
const NOT_IN_A_URL = /[\s\p{Cc}\p{Cs}\\]/u;

/** RFC 1035 §2.3.4, of a name as text. */
const MAX_HOST_LENGTH = 253;
const MAX_LABEL_LENGTH = 63;

export type DestinationUrl =
  | { readonly url: URL; readonly problem?: never }
  | { readonly url?: never; readonly problem: string };

/**
 * Whether deliveries may go to this URL, as far as its text tells. What its host name resolves to is checked with each
 * connection.
 */
export function parseDestinationUrl(text: string, network: DestinationNetwork): DestinationUrl {
  if (text.length > MAX_URL_LENGTH) return { problem: `must have at most ${formatInteger(MAX_URL_LENGTH)} characters` };
  if (NOT_IN_A_URL.test(text))
    return { problem: 'must not contain spaces, control characters or backslashes, and must be well-formed Unicode' };
  const url = URL.parse(text);
  if (!url) return { problem: 'is not a URL; give an absolute one, such as https://example.com/webhooks' };
  const problem =
    schemeProblem(url, network) ??
    credentialsProblem(url) ??
    hostProblem(url, network) ??
    nameProblem(url) ??
    portProblem(url, network);
  return problem === undefined ? { url } : { problem };
}

function schemeProblem({ protocol }: URL, network: DestinationNetwork): string | undefined {
  if (protocol === 'https:') return undefined;
  if (protocol !== 'http:') return `has the scheme ${protocol.slice(0, -1)}; use https`;
  return network === 'public' ? 'is not encrypted; use https' : undefined;
}

function credentialsProblem({ username, password }: URL): string | undefined {
  if (!username && !password) return undefined;
  return 'contains a user name or password, which would be shown in logs; send an Authorization header through `headers`';
}

/**
 * What is wrong with a name that can't be looked up in DNS. IP addresses, in any spelling, have no labels that are too
 * long.
 */
function nameProblem({ hostname }: URL): string | undefined {
  // A dot at the end stands for the root.
  const name = hostname.replace(/\.$/, '');
  const labels = name.split('.');
  if (labels.includes('')) return 'has a host name with nothing between two dots, or before the first';
  if (labels.some((label) => label.length > MAX_LABEL_LENGTH)) {
    return `has a host name with a part of more than ${MAX_LABEL_LENGTH} characters`;
  }
  return name.length > MAX_HOST_LENGTH ? `has a host name of more than ${MAX_HOST_LENGTH} characters` : undefined;
}

/** Checked only when a URL is given: URLs that were accepted before remain valid. */
export function givenUrlProblem(text: string): string | undefined {
  // A masked URL, as it is shown to a key that may only read.
  if (isMaskedForm(text)) return MASKED_FORM;
  return text.includes('#') ? 'has a fragment (#), which is never sent; leave it out' : undefined;
}

function portProblem({ port }: URL, network: DestinationNetwork): string | undefined {
  // Whatever the host: a name of any spelling may lead to this machine.
  if (typeof network === 'object' && Number(port) === network.awsPort) {
    return `has the port ${port}, which is that of Hawser's own AWS endpoint on this machine; use another one`;
  }
  if (port === '' || !isBadPort(Number(port))) return undefined;
  return `has the port ${port}, which is that of another protocol; use one on which your receiver speaks HTTPS`;
}

/** Why deliveries may not go to the host that the URL spells, if its text tells. */
export function hostProblem(url: URL, network: DestinationNetwork): string | undefined {
  const address = literalAddress(url);
  if (address !== undefined) return addressProblem(address, network);
  const host = url.hostname.replace(/\.$/, '');
  if (network === 'public' && (host === 'localhost' || host.endsWith('.localhost'))) {
    return `${host} is the machine itself, not a public address`;
  }
  return undefined;
}
