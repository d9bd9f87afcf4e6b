import type { AttemptErrorCode } from '../../core/deliveries/attempt.ts';
import type { HeaderList } from '../../core/deliveries/delivery-headers.ts';
import { shownTarget } from '../../core/secrets/shown-url.ts';
import { isStale } from '../shared/stale-connection.ts';
import { TimeoutError, within } from './deadline.ts';
import type { AttemptResult, LoggedRequest } from './destination-type.ts';
import { codeOfStatus, failedAttempt } from './http-failure.ts';

/** The part of an answer that all services have. */
interface Answer {
  readonly $metadata: { readonly httpStatusCode?: number; readonly requestId?: string };
}

export interface AwsCall<Output extends Answer> {
  /** Where the call goes, in a form that AWS's own tools accept. */
  readonly target: string;
  /** What is sent beside the body. The log shows it in place of headers. */
  readonly attributes: HeaderList;
  readonly timeoutSeconds: number;
  /** @throws UnsendableError for a body that the service can't take */
  readonly send: (abortSignal: AbortSignal) => Promise<Output>;
  /** The part of the answer that the log shows as its body. */
  readonly show: (output: Output) => object;
}

/** A service of AWS accepted the request, but did not do what it asks. */
export class NotDoneError extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

/**
 * Turns one call of AWS's SDK into an attempt: limited in time, including getting credentials, and with every failure as a
 * result.
 */
export async function attemptOnAws<Output extends Answer>(call: AwsCall<Output>): Promise<AttemptResult> {
  const { target, attributes, timeoutSeconds, show } = call;
  const sent: LoggedRequest = { request: { target: shownTarget(target) }, requestHeaders: attributes };
  try {
    const aborter = new AbortController();
    // Aborting is not enough, because getting the credentials ignores the signal.
    const output = await within(timeoutSeconds * 1000, sendOnOpenConnection(call, aborter.signal), () => {
      aborter.abort();
      return new TimeoutError(timeoutSeconds * 1000);
    });
    const { httpStatusCode = 200, requestId } = output.$metadata;
    return {
      ...sent,
      response: {
        statusCode: httpStatusCode,
        headers: requestId === undefined ? [] : [['x-amzn-requestid', requestId]],
        body: Buffer.from(JSON.stringify(show(output))),
        bodyTruncated: false,
      },
      verdict: { kind: 'delivered' },
    };
  } catch (error) {
    return failedOnAws(sent, error);
  }
}

/** As with an HTTP destination: a kept-alive connection that AWS had closed does not count, and is replaced once. */
async function sendOnOpenConnection<Output extends Answer>(
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
  return isRefusal(error) ? refused(sent, error) : failedAttempt(sent, error);
}

function refused(sent: LoggedRequest, error: Refusal): AttemptResult {
  const { httpStatusCode: statusCode, requestId } = error.$metadata ?? {};
  const request = requestId === undefined ? '' : ` (request ${requestId})`;
  return {
    ...sent,
    error: { code: codeOf(error), message: `${error.name}: ${error.message}${request}`.slice(0, 1_000) },
    // The owner can fix any of these, even a wrong name or a missing permission, and nothing is lost in the meantime.
    verdict: {
      kind: 'failed',
      failure: 'temporary',
      ...(statusCode !== undefined && { statusCode }),
      retryAfterSeconds: 0,
    },
  };
}

type Refusal = Error & { readonly $metadata?: Answer['$metadata']; readonly $fault?: 'client' | 'server' };

/** Whether a service has answered. The SDK's connection errors have metadata too, but no status. */
function isRefusal(error: unknown): error is Refusal {
  if (error instanceof NotDoneError) return true;
  return error instanceof Error && (error as Refusal).$metadata?.httpStatusCode !== undefined;
}

/** Names that several services, or their older protocols, use for the same thing. If none matches, the status decides. */
const NAMES: readonly (readonly [pattern: RegExp, code: AttemptErrorCode])[] = [
  [/throttl|SlowDown|TooManyRequests|RequestLimitExceeded|LimitExceeded|OverLimit/i, 'THROTTLED'],
  [
    /AccessDenied|Unauthorized|NotAuthorized|AuthFailure|InvalidClientTokenId|InvalidAccessKeyId|UnrecognizedClient|SignatureDoesNotMatch|ExpiredToken|InvalidToken|InvalidSecurity|RegionDisabled|AllAccessDisabled/,
    'ACCESS_DENIED',
  ],
  [/NonExistentQueue|QueueDoesNotExist|NoSuchBucket|ResourceNotFound|EventBusNotFound/, 'TARGET_NOT_FOUND'],
  [/^Internal|ServiceUnavailable/, 'SERVICE_ERROR'],
];

function codeOf({ name, $metadata }: Refusal): AttemptErrorCode {
  const named = NAMES.find(([pattern]) => pattern.test(name));
  return named ? named[1] : codeOfStatus($metadata?.httpStatusCode ?? 400);
}
