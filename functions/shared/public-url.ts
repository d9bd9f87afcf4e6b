import type { APIGatewayProxyEvent } from 'aws-lambda';
import type { EventId } from '../../core/ids.ts';

/** Where this installation is reached, without a trailing slash: as it is configured, else as this request came. */
export function publicUrlOf(
  { requestContext }: APIGatewayProxyEvent,
  { publicUrl }: { readonly publicUrl: string | undefined },
): string {
  return publicUrl ?? `https://${requestContext.domainName}/${requestContext.stage}`;
}

/** The event's page. */
export function eventUrl(publicUrl: string, id: EventId): string {
  return `${publicUrl}/events/${id}`;
}
