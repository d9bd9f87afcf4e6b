import { AwsError } from './aws-error.ts';
import type { WireRequest, WireService } from './wire.ts';

/** What the template has made, and whose credentials may use it. */
export interface OwnResources {
  readonly arns: ReadonlySet<string>;
  /** Of the functions' own credentials. */
  readonly accessKeyId: string;
}

/** How SDKs say in their user agent that they run within a function. */
const WITHIN_A_FUNCTION = /\bexec-env\/AWS_Lambda_/;

const ACCESS_DENIED = { code: 'AccessDeniedException', status: 400 };

/**
 * Refuses a function's requests with other credentials than its own, unless they stay off what the template has made. Such requests
 * are deliveries to destinations of AWS, which act with what their owners call their credentials: on AWS these are worth nothing
 * here. Requests of tools on this machine have no function's user agent, and may use any credentials for anything.
 * @throws AwsError
 */
export function refuseStrangers(request: WireRequest, service: WireService, { arns, accessKeyId }: OwnResources): void {
  const { authorization = '', 'user-agent': userAgent = '' } = request.headers;
  if (!WITHIN_A_FUNCTION.test(userAgent) || authorization.includes(`Credential=${accessKeyId}/`)) return;
  const addressed = service.addressed?.(request);
  if (addressed?.every((arn) => !arns.has(arn))) return;
  const { code, status } = service.accessDenied ?? ACCESS_DENIED;
  const what = addressed?.join(', ') ?? service.signingName;
  throw new AwsError(code, `These credentials are not authorized to use ${what}, which is the gateway's own`, status);
}
