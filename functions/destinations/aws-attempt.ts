import { type AttemptErrorCode, MAX_ERROR_MESSAGE_LENGTH } from '../../core/deliveries/attempt.ts';
import type { HeaderList } from '../../core/deliveries/delivery-headers.ts';
import { shownTarget } from '../../core/secrets/shown-url.ts';
import { isStale } from '../shared/stale-connection.ts';
import { TimeoutError, withTimeout } from './deadline.ts';
import type { AttemptResult, LoggedRequest } from './destination-type.ts';
import { codeOfStatus, failedAttempt } from './http-failure.ts';

/** The part of a response that all services have. */
interface AwsResponse {
  readonly $metadata: { readonly httpStatusCode?: number; readonly requestId?: string };
}

export interface AwsCall<Output extends AwsResponse> {
  /** Where the call goes, in a form that AWS's own tools accept. */
  readonly target: string;
  /** What is sent beside the body. The log shows these in place of headers. */
  readonly attributes: HeaderList;
  readonly timeoutSeconds: number;
  /** @throws UnsendableError for a body that the service can't accept */
  readonly send: (abortSignal: AbortSignal) => Promise<Output>;
  /** Picks the part of the response that the log shows as its body. */
  readonly toLoggedBody: (output: Output) => object;
}

/** An AWS service accepted the request, but its response reports a failure. */
export class ReportedFailureError extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

/**
 * Turns one call of AWS's SDK into an attempt: limited in time, including getting credentials, and with every failure as a
 * result.
 */
export async function attemptOnAws<Output extends AwsResponse>(call: AwsCall<Output>): Promise<AttemptResult> {
  const { target, attributes, timeoutSeconds, toLoggedBody } = call;
  const sent: LoggedRequest = { request: { target: shownTarget(target) }, requestHeaders: attributes };
  try {
    const aborter = new AbortController();
    // Aborting is not enough, because loading the credentials ignores the signal.
    const output = await withTimeout(timeoutSeconds * 1000, sendOnOpenConnection(call, aborter.signal), () => {
      aborter.abort();
      return new TimeoutError(timeoutSeconds * 1000);
    });
    const { httpStatusCode = 200, requestId } = output.$metadata;
    return {
      ...sent,
      response: {
        statusCode: httpStatusCode,
        headers: requestId === undefined ? [] : [['x-amzn-requestid', requestId]],
        body: Buffer.from(JSON.stringify(toLoggedBody(output))),
        bodyTruncated: false,
      },
      verdict: { kind: 'delivered' },
    };
  } catch (error) {
    return failedOnAws(sent, error);
  }
}

/** As with an HTTP destination, a kept-alive connection that AWS has closed is replaced once. */
async function sendOnOpenConnection<Output extends AwsResponse>(
  { send }: AwsCall<Output>,
  abortSignal: AbortSignal,
): Promise<Output> {
  try {
    return await send(abortSignal);
  } catch (error) {
    if (!isStale(error)) throw error;
    return send(abortSignal);
  }
}

/** The result of a call that AWS refused, or that failed on the way there. */
export function failedOnAws(sent: LoggedRequest, error: unknown): AttemptResult {
  return isServiceError(error) ? resultOfServiceError(sent, error) : failedAttempt(sent, error);
}

function resultOfServiceError(sent: LoggedRequest, error: AwsServiceError): AttemptResult {
  const { httpStatusCode: statusCode, requestId } = error.$metadata ?? {};
  const request = requestId === undefined ? '' : ` (request ${requestId})`;
  return {
    ...sent,
    error: {
      code: codeOf(error),
      message: `${error.name}: ${error.message}${request}`.slice(0, MAX_ERROR_MESSAGE_LENGTH),
    },
    // The owner can fix any of these, even a wrong name or a missing permission, and nothing is lost in the meantime.
    verdict: {
      kind: 'failed',
      failure: 'temporary',
      ...(statusCode !== undefined && { statusCode }),
      retryAfterSeconds: 0,
    },
  };
}

type AwsServiceError = Error & { readonly $metadata?: AwsResponse['$metadata']; readonly $fault?: 'client' | 'server' };

/** Whether the service has responded. The SDK's connection errors have metadata too, but no status. */
function isServiceError(error: unknown): error is AwsServiceError {
  if (error instanceof ReportedFailureError) return true;
  return error instanceof Error && (error as AwsServiceError).$metadata?.httpStatusCode !== undefined;
}

/** Error names of several services and their older protocols. If none matches, the status decides. */
const ERROR_NAMES: readonly (readonly [pattern: RegExp, code: AttemptErrorCode])[] = [
  [/throttl|SlowDown|TooManyRequests|RequestLimitExceeded|LimitExceeded|OverLimit/i, 'THROTTLED'],
  [
    /AccessDenied|Unauthorized|NotAuthorized|AuthFailure|InvalidClientTokenId|InvalidAccessKeyId|UnrecognizedClient|SignatureDoesNotMatch|ExpiredToken|InvalidToken|InvalidSecurity|RegionDisabled|AllAccessDisabled/,
    'ACCESS_DENIED',
  ],
  [/NonExistentQueue|QueueDoesNotExist|NoSuchBucket|ResourceNotFound|EventBusNotFound/, 'TARGET_NOT_FOUND'],
  [/^Internal|ServiceUnavailable/, 'SERVICE_ERROR'],
];

function codeOf({ name, $metadata }: AwsServiceError): AttemptErrorCode {
  const named = ERROR_NAMES.find(([pattern]) => pattern.test(name));
  return named ? named[1] : codeOfStatus($metadata?.httpStatusCode ?? 400);
}
