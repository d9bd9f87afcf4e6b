import * as z from 'zod';
import type { CircuitBreaker } from '../circuit/circuit.ts';
import type { DeliveryJob } from '../deliveries/delivery.ts';
import { anyAuth, maskAuth, shownAuth } from '../destination-types/auth.ts';
import type { DestinationTarget } from '../destination-types/registry.ts';
import type { HttpMethod } from '../http-method.ts';
import { type DeliveryId, type DestinationId, type OrganizationId, timeMsOf } from '../ids.ts';
import type { Pace } from '../pace/pace.ts';
import type { RetryPolicy } from '../retries/retry-policy.ts';
import { isMaskedForm, MASK, maskSecret } from '../secrets/masking.ts';
import { isSecretName } from '../secrets/secret-name.ts';
import type { Signing } from '../signing/signing-fields.ts';

/** What a destination's owner may set and everyone may read. */
export interface DestinationSettings {
  readonly name: string;
  /** For URLs and command lines; made from the name by default. Not unique. */
  readonly slug: string | null;
  readonly description: string | null;
  readonly target: DestinationTarget;
  readonly signing: Signing;
  /** For the whole attempt, connect to last byte; 1–60. */
  readonly timeoutSeconds: number;
  readonly retryPolicy: RetryPolicy;
  readonly circuitBreaker: CircuitBreaker;
  readonly pace: Pace;
  /** While false, deliveries are held. */
  readonly enabled: boolean;
}

/** `answered_410`: the receiver wants no more webhooks; `by_request`: somebody disabled it. */
export const disabledReasons = ['answered_410', 'by_request'] as const;

/** Why a destination is disabled, and since when. */
export interface Disabling {
  readonly reason: (typeof disabledReasons)[number];
  /** ISO 8601, UTC. */
  readonly at: string;
  /** The delivery that was answered 410. */
  readonly deliveryId: DeliveryId | null;
}

/** The secret parts of `config`, of any type. */
export const sealedConfig = z.object({
  client_certificate: z.object({ certificate: z.string(), private_key: z.string() }).optional(),
});
export type SealedConfig = z.output<typeof sealedConfig>;

/** What a destination's owner may set and nobody may read. */
export const destinationCredentials = z.object({
  /** The signing secret: `whsec_` + base64, or any text. Absent if this type of destination signs nothing. */
  secret: z.string().optional(),
  /** The secret before the last rotation, which also signs until `validUntil`. */
  previousSecret: z.object({ secret: z.string(), validUntil: z.iso.datetime() }).optional(),
  /** Headers added to each request, replacing the sender's of the same name. */
  headers: z.record(z.string(), z.string()),
  /** Values for the payload of its template. */
  templateVariables: z.record(z.string(), z.string()).optional(),
  /** How Hawser authenticates to it. */
  auth: anyAuth.optional(),
  config: sealedConfig.optional(),
});
export type DestinationCredentials = z.output<typeof destinationCredentials>;

/** Credentials in the form in which they may be shown: what is secret is masked down to its last four characters. */
export const shownCredentials = destinationCredentials.extend({ auth: shownAuth.optional() });
export type ShownCredentials = z.output<typeof shownCredentials>;

/** Credentials as they are stored: encrypted, and in the form in which they may be shown. */
export interface StoredCredentials {
  /** `DestinationCredentials` as JSON, encrypted: see functions/shared/credentials.ts. */
  readonly sealedCredentials: Uint8Array;
  readonly shownCredentials: ShownCredentials;
}

/** Where events go. */
export interface Destination extends DestinationSettings, StoredCredentials {
  readonly id: DestinationId;
  readonly organizationId: OrganizationId;
  /** Id of the template that it was created from. */
  readonly template: string | null;
  /**
   * `null` while it is enabled, and if it was disabled before the end of November 2026, when this was not stored yet.
   */
  readonly disabling: Disabling | null;
  /** ISO 8601, UTC; `null` unless archived. */
  readonly archivedAt: string | null;
  /** When it was last taken out of the archive; `null` if it never was. */
  readonly unarchivedAt: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/**
 * Whether archiving has cancelled a delivery. An archived destination takes nothing. After it is unarchived, it still
 * does not take what was accepted or replayed before, even if the next attempt never fell due while it was archived.
 */
export function isArchivedFor(
  { archivedAt, unarchivedAt }: Pick<Destination, 'archivedAt' | 'unarchivedAt'>,
  { eventId, replayedAtMs = timeMsOf(eventId) }: Pick<DeliveryJob, 'eventId' | 'replayedAtMs'>,
): boolean {
  if (archivedAt !== null) return true;
  return unarchivedAt !== null && replayedAtMs < Date.parse(unarchivedAt);
}

/** What is stored once somebody enables or disables it: if it was disabled before, the earlier reason stays. */
export function disablingByRequest(
  current: Pick<Destination, 'enabled' | 'disabling'>,
  enabled: boolean,
  at: string,
): Disabling | null {
  if (enabled) return null;
  return current.enabled ? { reason: 'by_request', at, deliveryId: null } : current.disabling;
}

type Change<T> = { readonly [Name in keyof T]?: T[Name] | undefined };

/** What an update changes; what is absent stays. */
export type DestinationChange = Change<Omit<DestinationSettings, 'target' | 'retryPolicy' | 'pace'>> &
  Change<StoredCredentials> & {
    readonly target?: TargetChange;
    readonly disabling?: Disabling | null | undefined;
    readonly retryPolicy?: Change<RetryPolicy>;
    readonly pace?: Change<Pace>;
  };

/** Fields of a target, of whatever type the destination is. */
export interface TargetChange {
  readonly url?: string | undefined;
  readonly method?: HttpMethod | null | undefined;
  readonly config?: Readonly<Record<string, unknown>> | undefined;
}

/** Matches more than what the log masks: here, nobody needs to see a value that might be a credential. */
const MAYBE_CREDENTIAL = /auth|key|signature/i;

/** Every secret that signs at this time, the newest first. */
export function signingSecretsAt(
  { secret, previousSecret }: Pick<DestinationCredentials, 'secret' | 'previousSecret'>,
  nowMs: number,
): string[] {
  if (secret === undefined) return [];
  const isValid = previousSecret !== undefined && nowMs < Date.parse(previousSecret.validUntil);
  return isValid ? [secret, previousSecret.secret] : [secret];
}

export function maskCredentials(credentials: DestinationCredentials): ShownCredentials {
  const { secret, previousSecret, headers, templateVariables, auth, config } = credentials;
  const certificate = config?.client_certificate;
  return {
    ...(secret !== undefined && { secret: maskSecret(secret) }),
    ...(previousSecret && { previousSecret: { ...previousSecret, secret: maskSecret(previousSecret.secret) } }),
    headers: shownValues(headers),
    ...(templateVariables && { templateVariables: shownValues(templateVariables) }),
    ...(auth && { auth: maskAuth(auth) }),
    // Masked as a whole: the last characters of all PEM keys are the same.
    ...(certificate && { config: { client_certificate: { ...certificate, private_key: MASK } } }),
  };
}

/** Also masks values that were stored as shown when fewer names counted as secret; masked ones stay as they are. */
export function shownValues(values: Readonly<Record<string, string>>): Record<string, string> {
  const shown = Object.entries(values).map(([name, value]) => {
    const isSecret = isSecretName(name) || MAYBE_CREDENTIAL.test(name);
    return [name, isSecret && !isMaskedForm(value) ? maskSecret(value) : value];
  });
  return Object.fromEntries(shown);
}
