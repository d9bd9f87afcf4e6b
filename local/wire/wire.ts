import type { AwsError } from './aws-error.ts';

/** An HTTP request to an AWS endpoint, received over loopback or in process. */
export interface WireRequest {
  readonly method: string;
  /** Path and query exactly as sent. */
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** Aborted once nobody is waiting for the response any more. */
  readonly signal?: AbortSignal;
}

export interface WireResponse {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string | Uint8Array;
}

/** One embedded service as the endpoint sees it. */
export interface WireService {
  /** The service's name in a SigV4 credential scope: `dynamodb`, `sqs`, `s3`, `scheduler`, `events`, `kms`, `secretsmanager`, `execute-api`. */
  readonly signingName: string;
  handle(request: WireRequest): Promise<WireResponse>;
  /** ARNs of the resources that a request addresses. If it is undefined, all requests of destinations are refused. */
  addressed?(request: WireRequest): readonly string[] | undefined;
  /** The error for a caller without permission, if it differs from the usual one. */
  readonly accessDenied?: { readonly code: string; readonly status: number };
  /** How an error is written in this service's protocol. */
  errorResponse(error: AwsError): WireResponse;
}
