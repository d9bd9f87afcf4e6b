import type { HttpMethod } from '../http-method.ts';
import type { Signing } from '../signing/signing-fields.ts';
import type { TransformCode } from '../transform/transform.ts';

/**
 * What a service expects of a destination: settings that are filled in when a destination is created from it, and the form
 * of body that the service accepts.
 */
export interface DestinationTemplate {
  readonly id: string;
  /** Of the service, and of the destination where the request gives none. */
  readonly name: string;
  readonly type: 'http';
  readonly description: string;
  /** The service's own page about the requests that it takes. */
  readonly documentationUrl: string;
  readonly url: TemplateUrl;
  readonly method: HttpMethod;
  /** Values may contain `{variables}`. `Content-Type` is the payload's to set: a webhook that is sent as it came has its own. */
  readonly headers: Readonly<Record<string, string>>;
  readonly signing: Signing;
  readonly variables: readonly TemplateVariable[];
  readonly payload: TemplatePayload;
}

interface TemplateUrl {
  /** With `{variables}`; `null` where the URL is made by the service for one user, and is a secret. */
  readonly prefilled: string | null;
  /** A regular expression that every URL of the service matches, whether it is prefilled or given. */
  readonly pattern: string;
  /** What that takes, as it goes on after "must be": nobody should have to read a regular expression. */
  readonly patternInWords: string;
  readonly example: string;
}

/** Something that only the user knows. */
export interface TemplateVariable {
  /** Those of secrets are masked wherever a destination is shown: `showCredentials` goes by the name. */
  readonly name: string;
  readonly description: string;
  readonly isSecret: boolean;
  /** Where it is used. What goes to `payload` is kept with the destination, encrypted; the rest is in its URL and headers. */
  readonly goesTo: 'url' | 'headers' | 'payload';
  /** `null`: it must be given. */
  readonly default: string | null;
  readonly accepts:
    | { readonly values: readonly string[] }
    | { readonly pattern: string; readonly patternInWords: string };
  readonly example: string;
}

interface TemplatePayload {
  /** Makes a body that the service accepts of any webhook. */
  readonly code: TransformCode;
  /** Whether the service refuses webhooks as they come. */
  readonly isRequired: boolean;
}

export function mustBeGiven(variable: TemplateVariable): boolean {
  return variable.default === null;
}
