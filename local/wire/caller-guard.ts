import type { IncomingHttpHeaders } from 'node:http';

/** Names under which a program on this machine reaches the endpoint. */
const LOOPBACK_HOSTS: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** One of the gateway's own entries in a list such as `cloudflare; loops=1, hawser`. */
const OWN_LOOP_ENTRY = /(^|,)\s*hawser\s*([,;]|$)/i;

/** The reason to refuse a caller, because the endpoint accepts any credentials; `undefined` for programs on this machine. */
export function callerProblem(headers: IncomingHttpHeaders): string | undefined {
  return browserProblem(headers) ?? deliveryProblem(headers);
}

/**
 * A page in a browser on this machine must not reach the endpoint. A form or script of another site sends an `Origin`. A page that
 * has made its own name resolve to loopback (DNS rebinding) sends that name in `Host`.
 */
function browserProblem({ host = '', origin }: IncomingHttpHeaders): string | undefined {
  if (origin !== undefined) return `requests from web pages are refused (Origin: ${origin})`;
  const name = host.replace(/:\d*$/, '').toLowerCase();
  if (!LOOPBACK_HOSTS.has(name))
    return `this endpoint is only reachable under loopback names, not under ${host || 'none'}`;
  return undefined;
}

/**
 * The owner of a destination chooses the address of a delivery, most of its headers and its body, and can read the response. With
 * an `Authorization` of their choice, that would give them everybody's data. They can neither set nor remove these two headers.
 */
function deliveryProblem(headers: IncomingHttpHeaders): string | undefined {
  const isDelivery =
    headers['x-hawser-delivery-id'] !== undefined || OWN_LOOP_ENTRY.test(String(headers['cdn-loop'] ?? ''));
  return isDelivery ? "deliveries are refused: this is the local stack's own AWS endpoint, not a receiver" : undefined;
}
