/**
 * Lambda takes 6 MiB (6,291,456 bytes) a request, and API Gateway hands a body over in base64: 4,500,000 bytes become
 * 6,000,000, which leaves room for headers.
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
export const MAX_BODY_BYTES = 4_500_000;
