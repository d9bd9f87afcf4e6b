import type { DestinationId, OrganizationId } from './ids.ts';
import type { RetryPolicy } from './retry-policy.ts';

export const destinationTypes = ['http'] as const;
export type DestinationType = (typeof destinationTypes)[number];

export const httpMethods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;
export type HttpMethod = (typeof httpMethods)[number];

/** `standard` is Standard Webhooks; `none` sends no signature. */
export const signingSchemes = ['standard', 'none'] as const;
export interface Signing {
  readonly scheme: (typeof signingSchemes)[number];
}

/** What a destination's owner may set and everyone may read. */
export interface DestinationSettings {
  readonly name: string;
  /** For URLs and command lines; made from the name where none is given. Not unique. */
  readonly slug: string | null;
  readonly description: string | null;
  readonly type: DestinationType;
  readonly url: string;
  /** `null`: the method that the sender used. */
  readonly method: HttpMethod | null;
  readonly signing: Signing;
  /** For the whole attempt, connect to last byte; 1–60. */
  readonly timeoutSeconds: number;
  readonly retryPolicy: RetryPolicy;
}

/** What a destination's owner may set and nobody may read. */
export interface DestinationCredentials {
  /** The signing secret: `whsec_` + base64, or any text. */
  readonly secret: string;
  /** Headers added to each request, in place of the sender's of the same name. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Where events go. */
export interface Destination extends DestinationSettings {
  readonly id: DestinationId;
  readonly organizationId: OrganizationId;
  /** While false, deliveries are held. */
  readonly enabled: boolean;
  /** ISO 8601, UTC; `null` unless archived. */
  readonly archivedAt: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** `DestinationCredentials`, encrypted: see functions/shared/credentials.ts. */
  readonly sealedCredentials: Uint8Array;
  /** The credentials as they may be shown: what is secret is masked. */
  readonly shownCredentials: DestinationCredentials;
}
