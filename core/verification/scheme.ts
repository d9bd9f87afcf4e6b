import * as z from 'zod';
import type { ReceivedRequest } from '../ingest/received-request.ts';
import { maskSecret } from '../secrets/masking.ts';

/** Why a request is refused. Shown to the source's owner, never to the sender. */
export type VerificationFailure =
  | 'signature_missing'
  | 'signature_mismatch'
  | 'timestamp_missing'
  | 'timestamp_outside_window'
  | 'credentials_missing'
  | 'credentials_mismatch';

/** Acceptance must be explicit, so a scheme with a missing return does not compile. */
type Verdict = 'verified' | VerificationFailure;

/** The response to a sender's check that the owner of the URL wants its webhooks. Such a request is not an event. */
export interface Challenge {
  readonly statusCode: 200 | 204;
  readonly contentType: 'text/plain' | 'application/json';
  readonly body: string;
}

/** Where a request carries a credential. It is neither stored with the event nor sent to a destination. */
export type Carrier = { readonly header: string } | { readonly queryParameter: string };

interface SchemeParts<Type extends string, Fields extends z.ZodRawShape> {
  readonly type: Type;
  /** The settings of the source's owner, besides the type. */
  readonly fields: Fields;
  /** The fields that nobody may read. */
  readonly secrets: readonly (keyof Fields & string)[];
  /** Finds a problem of settings that are valid one by one. */
  problem?(settings: z.output<z.ZodObject<Fields>>): { readonly path: string; readonly message: string } | undefined;
  /** Where requests carry the credential itself, if they do. */
  carrier?(settings: z.output<z.ZodObject<Fields>>): Carrier;
  verify(request: ReceivedRequest, settings: z.output<z.ZodObject<Fields>>, nowMs: number): Verdict;
  /** The provider's id of the event, the same each time it is sent. Only for verified requests. */
  eventId?(request: ReceivedRequest): string | undefined;
  /** The provider's name for this kind of event. Only for verified requests. */
  eventType?(request: ReceivedRequest): string | undefined;
  /** Only for verified requests. */
  challenge?(request: ReceivedRequest): Challenge | undefined;
}

/** A scheme with the settings of one source. */
export interface Verifier {
  readonly carrier: Carrier | undefined;
  verify(request: ReceivedRequest, nowMs: number): Verdict;
  eventId(request: ReceivedRequest): string | undefined;
  eventType(request: ReceivedRequest): string | undefined;
  challenge(request: ReceivedRequest): Challenge | undefined;
}

type SchemeSettings<Type extends string, Fields extends z.ZodRawShape> = z.ZodObject<
  { type: z.ZodLiteral<Type> } & Fields,
  z.core.$strict
>;

/** One way in which providers prove that a request is theirs. */
export interface Scheme<Type extends string = string, Fields extends z.ZodRawShape = z.ZodRawShape> {
  readonly type: Type;
  readonly settings: SchemeSettings<Type, Fields>;
  /** The form in responses. */
  readonly shown: z.ZodObject<{ type: z.ZodLiteral<Type> }, z.core.$loose>;
  /** Whether its events have ids. */
  readonly namesEvents: boolean;
  /** Whether its events have types. */
  readonly namesTypes: boolean;
  /** The settings with their secrets masked. */
  mask(settings: Readonly<Record<string, unknown>>): Record<string, unknown>;
  /** The provider's name for this kind of event. Only for verified requests. */
  eventType(request: ReceivedRequest): string | undefined;
  /** @throws z.ZodError if these are not settings of this scheme */
  bind(settings: unknown): Verifier;
}

export function defineScheme<Type extends string, Fields extends z.ZodRawShape>(
  parts: SchemeParts<Type, Fields>,
): Scheme<Type, Fields> {
  const type = z.literal(parts.type);
  const fields = z.object(parts.fields);
  const isSecret = (name: string) => parts.secrets.some((secret) => secret === name);
  return {
    type: parts.type,
    settings: z.strictObject({ type, ...parts.fields }).superRefine((given, context) => {
      const { data } = fields.safeParse(given);
      const found = data && parts.problem?.(data);
      if (found) context.addIssue({ code: 'custom', path: [found.path], message: found.message });
    }),
    shown: z.looseObject({ type, ...shownFields(parts.fields, isSecret) }),
    namesEvents: parts.eventId !== undefined,
    namesTypes: parts.eventType !== undefined,
    mask: (settings) =>
      Object.fromEntries(
        Object.entries(settings).map(([name, value]) => [
          name,
          isSecret(name) && typeof value === 'string' ? maskSecret(value) : value,
        ]),
      ),
    eventType: (request) => parts.eventType?.(request),
    bind: (given) => {
      const settings = fields.parse(given);
      return {
        carrier: parts.carrier?.(settings),
        verify: (request, nowMs) => parts.verify(request, settings, nowMs),
        eventId: (request) => parts.eventId?.(request),
        eventType: (request) => parts.eventType?.(request),
        challenge: (request) => parts.challenge?.(request),
      };
    },
  };
}

const masked = z.string().meta({ description: 'Masked: its last four characters.', examples: ['••••b7f2'] });

/** The fields of a request, but with masked secrets, which would fail their own validation. */
function shownFields(fields: z.ZodRawShape, isSecret: (name: string) => boolean): z.ZodRawShape {
  const shown = Object.entries(fields).map(([name, field]): [string, z.core.$ZodType] => {
    if (!isSecret(name)) return [name, field];
    return [name, z.safeParse(field, null).success ? masked.nullable() : masked];
  });
  return Object.fromEntries(shown);
}
