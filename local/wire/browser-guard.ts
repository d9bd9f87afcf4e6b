import type { IncomingHttpHeaders } from 'node:http';

/** Names under which a program on this machine reaches the endpoint. */
const LOOPBACK_HOSTS: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost', '[::1]']);

/**
 * Why a request can only come from a web page, or `undefined`. The endpoint takes any credentials, so that a page must not
 * reach it from a browser on this machine: neither by a form or a script of another site (which sends an `Origin`), nor by a
 * name that it has made resolve to loopback (which stands in `Host`: DNS rebinding).
 */
export function browserProblem({ host = '', origin }: IncomingHttpHeaders): string | undefined {
  if (origin !== undefined) return `requests of web pages are refused (Origin: ${origin})`;
  const name = host.replace(/:\d*$/, '').toLowerCase();
  if (!LOOPBACK_HOSTS.has(name)) return `this endpoint answers on loopback names only, not on ${host || 'none'}`;
  return undefined;
}
