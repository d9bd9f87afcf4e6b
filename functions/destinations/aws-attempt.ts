import type { AttemptErrorCode } from '../../core/attempt.ts';
import type { HeaderList } from '../../core/delivery-headers.ts';
import { shownTarget } from '../../core/shown-url.ts';
import { TimeoutError, within } from './deadline.ts';
import type { AttemptResult, LoggedRequest } from './destination-type.ts';
import { codeOfStatus, failedAttempt } from './http-failure.ts';

/** What of an answer every service has. */
interface Answer {
  readonly $metadata: { readonly httpStatusCode?: number; readonly requestId?: string };
}

export interface AwsCall<Output extends Answer> {
  /** What it is sent to, in a word that AWS's own tools take. */
  readonly target: string;
  /** What stands beside the body, as the log shows it in place of headers. */
  readonly attributes: HeaderList;
  readonly timeoutSeconds: number;
  /** @throws UnsendableError for a body that the service can't take */
  readonly send: (abortSignal: AbortSignal) => Promise<Output>;
  /** What of the answer the log shows as its body. */
  readonly show: (output: Output) => object;
}

/** A service of AWS took the request, and did not do what it asks. */
export class NotDoneError extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

/** Makes one call of AWS's SDK an attempt: bounded in time, credentials included, and every failure a result. */
export async function attemptOnAws<Output extends Answer>(call: AwsCall<Output>): Promise<AttemptResult> {
  const { target, attributes, timeoutSeconds, send, show } = call;
  const sent: LoggedRequest = { request: { target: shownTarget(target) }, requestHeaders: attributes };
  try {
    const aborter = new AbortController();
    // An abort alone would not do: getting the credentials takes no notice of it.
    const output = await within(timeoutSeconds * 1000, send(aborter.signal), () => {
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

/** What AWS, or the way there, has made of a call. */
export function failedOnAws(sent: LoggedRequest, error: unknown): AttemptResult {
  return isRefusal(error) ? refused(sent, error) : failedAttempt(sent, error);
}

function refused(sent: LoggedRequest, error: Refusal): AttemptResult {
  const { httpStatusCode: statusCode, requestId } = error.$metadata ?? {};
  const request = requestId === undefined ? '' : ` (request ${requestId})`;
  return {
    ...sent,
    error: { code: codeOf(error), message: `${error.name}: ${error.message}${request}`.slice(0, 1_000) },
    // All of these its owner may put right, a wrong name or a missing permission too: nothing is lost meanwhile.
    verdict: {
      kind: 'failed',
      failure: 'temporary',
      ...(statusCode !== undefined && { statusCode }),
      retryAfterSeconds: 0,
    },
  };
}

type Refusal = Error & { readonly $metadata?: Answer['$metadata']; readonly $fault?: 'client' | 'server' };

/** Whether a service has answered. What the SDK throws of a connection has metadata too, but no status. */
function isRefusal(error: unknown): error is Refusal {
  if (error instanceof NotDoneError) return true;
  return error instanceof Error && (error as Refusal).$metadata?.httpStatusCode !== undefined;
}

/** Names that several services, or their older protocols, give to the same thing; what none of them matches, its status tells. */
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
