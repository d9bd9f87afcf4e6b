import type { APIGatewayProxyEvent } from 'aws-lambda';

/** Where this installation is reached, without a trailing slash: as it is configured, else as this request came. */
export function publicUrlOf(
  { requestContext }: APIGatewayProxyEvent,
  { publicUrl }: { readonly publicUrl: string | undefined },
): string {
  return publicUrl ?? `https://${requestContext.domainName}/${requestContext.stage}`;
}
