import type { IncomingHttpHeaders } from 'node:http';

/** Names under which a program on this machine reaches the endpoint. */
const LOOPBACK_HOSTS: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost', '[::1]']);

/**
 * Why a request can only come from a web page, or `undefined`. The endpoint takes any credentials, so a page in a browser on this
 * machine must not reach it. A form or script of another site sends an `Origin`. A page that has made its own name resolve to
 * loopback (DNS rebinding) sends that name in `Host`.
 */
export function browserProblem({ host = '', origin }: IncomingHttpHeaders): string | undefined {
  if (origin !== undefined) return `requests of web pages are refused (Origin: ${origin})`;
  const name = host.replace(/:\d*$/, '').toLowerCase();
  if (!LOOPBACK_HOSTS.has(name)) return `this endpoint answers on loopback names only, not on ${host || 'none'}`;
  return undefined;
}
