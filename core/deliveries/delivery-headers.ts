import { maskSecret } from '../secrets/masking.ts';
import { isSecretName } from '../secrets/secret-name.ts';

/** Headers in the order and case of the wire; names may repeat. */
export type HeaderList = readonly (readonly [name: string, value: string])[];

/** RFC 9110 §7.6.1: these are about one connection, not about the message. */
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

/**
 * Headers that intermediaries add between the sender and Hawser, or that are set anew for the request to the
 * destination.
 */
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

/** `x-amz-sns-*` and the like are the sender's own and stay; only what the gateway and the CDN add is removed. */
const INFRASTRUCTURE_PREFIXES = ['x-forwarded-', 'x-amzn-', 'cloudfront-'];

const REMOVED = new Set([...HOP_BY_HOP, ...INFRASTRUCTURE]);

/**
 * The sender's headers as a destination gets them: order, case and repetitions are kept; hop-by-hop and infrastructure
 * headers, and those that `Connection` names, are left out. API Gateway removes a sender's `Connection`, so one that is
 * here comes from a transform, or from an event given for a test.
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

/** `base`, in which the headers of `overrides` replace those of the same name, ignoring case. */
export function withHeaders(base: HeaderList, overrides: HeaderList): HeaderList {
  const replaced = new Set(overrides.map(([name]) => name.toLowerCase()));
  return [...base.filter(([name]) => !replaced.has(name.toLowerCase())), ...overrides];
}

/** For JSON: names in the case of the wire; a name that occurs several times has a list of values. */
export function headersByName(headers: HeaderList): Record<string, string | string[]> {
  const shown = new Map<string, string[]>();
  for (const [name, value] of headers) shown.set(name, [...(shown.get(name) ?? []), value]);
  return Object.fromEntries([...shown].map(([name, values]) => [name, values.length === 1 ? values.join() : values]));
}

/** Masks headers that may give access: the log shows only that they were sent, and their last four characters. */
export function maskSecretHeaders(headers: HeaderList, alsoMasked: ReadonlySet<string> = new Set()): HeaderList {
  return headers.map(([name, value]) =>
    isSecretName(name) || alsoMasked.has(name.toLowerCase()) ? [name, maskSecret(value)] : [name, value],
  );
}
