import type { HttpMethod } from '../http-method.ts';
import type { Signing } from '../signing/signing-fields.ts';
import type { TransformCode } from '../transform/transform.ts';

/**
 * What a service needs of a destination: settings to fill in when a destination is created from the template, and a program that makes
 * the bodies that the service accepts.
 */
export interface DestinationTemplate {
  readonly id: string;
  /** Name of the service, and the default name of the destination. */
  readonly name: string;
  readonly type: 'http';
  readonly description: string;
  /** The service's documentation of the requests that it accepts. */
  readonly documentationUrl: string;
  readonly url: TemplateUrl;
  readonly method: HttpMethod;
  /** Values may contain `{variables}`. `Content-Type` is set by the payload, because a webhook sent as it came keeps its own. */
  readonly headers: Readonly<Record<string, string>>;
  readonly signing: Signing;
  readonly variables: readonly TemplateVariable[];
  readonly payload: TemplatePayload;
}

interface TemplateUrl {
  /** May contain `{variables}`; `null` if the service gives every user a URL of their own, which is secret. */
  readonly prefilled: string | null;
  /** A regular expression that every URL of the service matches, prefilled or given. */
  readonly pattern: string;
  /** Describes the pattern, to complete "must be": nobody should have to read a regular expression. */
  readonly patternInWords: string;
  readonly example: string;
}

/** A value that only the user knows. */
export interface TemplateVariable {
  /** `maskCredentials` recognizes secrets by this name, and masks them wherever a destination is shown. */
  readonly name: string;
  readonly description: string;
  readonly isSecret: boolean;
  /** Where it is used. Values for the payload are stored with the destination, encrypted; the others are part of its URL and headers. */
  readonly goesTo: 'url' | 'headers' | 'payload';
  /** `null`: the variable is required. */
  readonly default: string | null;
  readonly accepts:
    | { readonly values: readonly string[] }
    | { readonly pattern: string; readonly patternInWords: string };
  readonly example: string;
}

interface TemplatePayload {
  /** Turns any webhook into a body that the service accepts. */
  readonly code: TransformCode;
  /** Whether the service refuses other webhooks. */
  readonly isRequired: boolean;
}

export function isRequired(variable: TemplateVariable): boolean {
  return variable.default === null;
}
