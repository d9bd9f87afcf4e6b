import { isSecretName } from './secret-name.ts';

/** Headers in the order and case of the wire; a name may stand several times. */
export type HeaderList = readonly (readonly [name: string, value: string])[];

/** RFC 9110 §7.6.1: these speak about one connection, not about the message. */
const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-authentication-info',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

/** What the way from the sender to Hawser has added, or what is stated anew for the request to the destination. */
const INFRASTRUCTURE = [
  'host',
  'content-length',
  'expect',
  'via',
  'forwarded',
  'cdn-loop',
  'x-real-ip',
  'x-amz-cf-id',
  'x-hawser-event-id',
  'x-hawser-attempt-count',
  'x-hawser-event-url',
  'x-hawser-delivery-id',
];

/** `x-amz-sns-*` and the like are the sender's own and stay: only what the gateway and the CDN add goes. */
const INFRASTRUCTURE_PREFIXES = ['x-forwarded-', 'x-amzn-', 'cloudfront-'];

const REMOVED = new Set([...HOP_BY_HOP, ...INFRASTRUCTURE]);

/**
 * The sender's headers as a destination gets them: order, case and repetitions kept; hop-by-hop and infrastructure headers,
 * and those that `Connection` names, left out. API Gateway keeps a sender's `Connection` to itself: one that is here comes of a
 * transform, or of an event that is given to be tried.
 */
export function senderHeaders(received: HeaderList): HeaderList {
  const named = new Set(
    received
      .filter(([name]) => name.toLowerCase() === 'connection')
      .flatMap(([, value]) => value.split(',').map((token) => token.trim().toLowerCase())),
  );
  return received.filter(([name]) => {
    const lower = name.toLowerCase();
    return (
      !REMOVED.has(lower) && !named.has(lower) && !INFRASTRUCTURE_PREFIXES.some((prefix) => lower.startsWith(prefix))
    );
  });
}

/** `base` with every header of `overrides` put in place of what `base` had under that name, whatever the case. */
export function withHeaders(base: HeaderList, overrides: HeaderList): HeaderList {
  const replaced = new Set(overrides.map(([name]) => name.toLowerCase()));
  return [...base.filter(([name]) => !replaced.has(name.toLowerCase())), ...overrides];
}

/** For JSON: in the case of the wire; a name that stands several times has a list of values. */
export function headersByName(headers: HeaderList): Record<string, string | string[]> {
  const shown = new Map<string, string[]>();
  for (const [name, value] of headers) shown.set(name, [...(shown.get(name) ?? []), value]);
  return Object.fromEntries([...shown].map(([name, values]) => [name, values.length === 1 ? values.join() : values]));
}

/** Of headers whose value may give access the log shows that they were sent, and the last four characters. */
export function maskSecretHeaders(headers: HeaderList, alsoMasked: ReadonlySet<string> = new Set()): HeaderList {
  return headers.map(([name, value]) =>
    isSecretName(name) || alsoMasked.has(name.toLowerCase()) ? [name, maskSecret(value)] : [name, value],
  );
}

export const MASK = '••••';

/** Bullets and the last four characters; nothing of a value so short that four characters would give it away. */
export function maskSecret(value: string): string {
  return value.length >= 12 ? `${MASK}${value.slice(-4)}` : MASK;
}
