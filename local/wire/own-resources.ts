import { AwsError } from './aws-error.ts';
import type { WireRequest, WireService } from './wire.ts';

/** The resources that the template created, and the credentials that may use them. */
export interface OwnResources {
  readonly arns: ReadonlySet<string>;
  /** The access key of the functions' own credentials. */
  readonly accessKeyId: string;
}

/** How an SDK's user agent says that it runs within a function. */
const LAMBDA_USER_AGENT = /\bexec-env\/AWS_Lambda_/;

const ACCESS_DENIED = { code: 'AccessDeniedException', status: 400 };

/**
 * Refuses a function's requests with foreign credentials for resources that the template created. Such requests are deliveries to
 * AWS destinations, made with the credentials that a destination's owner entered. On AWS, those wouldn't give access to the
 * stack's own resources. Tools on this machine don't have a function's user agent and may use any credentials for anything.
 * @throws AwsError
 */
export function refuseForeignCredentials(
  request: WireRequest,
  service: WireService,
  { arns, accessKeyId }: OwnResources,
): void {
  const { authorization = '', 'user-agent': userAgent = '' } = request.headers;
  if (!LAMBDA_USER_AGENT.test(userAgent) || authorization.includes(`Credential=${accessKeyId}/`)) return;
  const addressed = service.addressed?.(request);
  if (addressed?.every((arn) => !arns.has(arn))) return;
  const { code, status } = service.accessDenied ?? ACCESS_DENIED;
  const what = addressed?.join(', ') ?? service.signingName;
  throw new AwsError(code, `These credentials are not authorized to use ${what}, which is the gateway's own`, status);
}
