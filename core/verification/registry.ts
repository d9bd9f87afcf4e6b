import * as z from 'zod';
import type { ReceivedRequest } from '../ingest/received-request.ts';
import { apiKey } from './api-key.ts';
import { basic } from './basic.ts';
import { bearer } from './bearer.ts';
import { discord } from './discord.ts';
import { github } from './github.ts';
import { genericHmac } from './hmac.ts';
import { linear } from './linear.ts';
import type { Scheme, Verifier } from './scheme.ts';
import { sendgrid } from './sendgrid.ts';
import { shopify } from './shopify.ts';
import { slack } from './slack.ts';
import { square } from './square.ts';
import { standardWebhooks } from './standard-webhooks.ts';
import { stripe } from './stripe.ts';
import { twilio } from './twilio.ts';

/** In the order of the reference. A type is stored with the sources that use it, so it never changes. */
const schemes = [
  stripe,
  github,
  shopify,
  slack,
  twilio,
  square,
  linear,
  discord,
  sendgrid,
  standardWebhooks,
  genericHmac,
  basic,
  bearer,
  apiKey,
] as const;

export const verificationTypes = schemes.map(({ type }) => type);

/** `map` loses the tuple type, and with it the union of types. */
type Parts<Schemes extends readonly object[], Part extends string> = {
  [Index in keyof Schemes]: Schemes[Index] extends Readonly<Record<Part, infer Schema>> ? Schema : never;
};
const settings = schemes.map((scheme) => scheme.settings) as unknown as Parts<typeof schemes, 'settings'>;
const shown = schemes.map((scheme) => scheme.shown) as unknown as Parts<typeof schemes, 'shown'>;

/** How a source's requests are verified, as its owner sets it, including secrets. */
export const verificationField = z
  .discriminatedUnion('type', settings, {
    error: `must be one of: ${verificationTypes.join(', ')}`,
  })
  .meta({ id: 'SetSourceVerification' });
export type Verification = z.output<typeof verificationField>;

/** The same with secrets masked down to their last four characters. */
export const shownVerification = z.discriminatedUnion('type', shown).meta({ id: 'SourceVerification' });
export type ShownVerification = z.output<typeof shownVerification>;

export function maskVerification(verification: Verification): ShownVerification {
  return shownVerification.parse(schemeOf(verification.type).mask(verification));
}

/** Whether the provider's events have ids, which identify duplicates. */
export function namesEvents({ type }: Pick<Verification, 'type'>): boolean {
  return schemeOf(type).namesEvents;
}

/** Whether the provider's events have types. */
export function namesTypes({ type }: Pick<Verification, 'type'>): boolean {
  return schemeOf(type).namesTypes;
}

/** The provider's name for this kind of event; only for verified requests. */
export function eventTypeOf({ type }: Pick<Verification, 'type'>, request: ReceivedRequest): string | undefined {
  return schemeOf(type).eventType(request);
}

const ofType = z.object({ type: z.enum(verificationTypes) });

/** @param stored a `Verification` as it was stored @throws z.ZodError if it is not one */
export function verifierOf(stored: unknown): Verifier {
  return schemeOf(ofType.parse(stored).type).bind(stored);
}

function schemeOf(type: Verification['type']): Scheme {
  const scheme: Scheme | undefined = schemes.find((candidate) => candidate.type === type);
  if (!scheme) throw new TypeError(`there is no verification ${type}`);
  return scheme;
}
