import type { APIGatewayProxyEvent } from 'aws-lambda';
import type { HeaderList } from '../../core/deliveries/delivery-headers.ts';
import type { RequestHead } from '../../core/events/stored-request.ts';

/** A webhook as API Gateway hands it over: the head as sent, the body's exact bytes. */
export function receivedRequest(event: APIGatewayProxyEvent, sourceId: string): { head: RequestHead; body: Buffer } {
  return {
    head: {
      method: event.httpMethod,
      path: pathBelow(event.path, sourceId),
      query: queryString(event.multiValueQueryStringParameters),
      headers: headerList(event.multiValueHeaders),
      sourceIp: event.requestContext.identity.sourceIp,
    },
    body: Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8'),
  };
}

/** The part of the path below the ingest URL, still encoded as it was sent. */
function pathBelow(path: string, sourceId: string): string {
  const start = path.indexOf(sourceId);
  return start < 0 ? '' : path.slice(start + sourceId.length);
}

/**
 * API Gateway decodes the query before the function sees it, so it is encoded again. The names come in any order, and are sorted, so
 * that the same webhook always has the same query:
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
 */
function queryString(parameters: APIGatewayProxyEvent['multiValueQueryStringParameters']): string {
  const query = new URLSearchParams();
  for (const [name, values] of Object.entries(parameters ?? {})) {
    for (const value of values ?? []) query.append(name, value);
  }
  query.sort();
  return query.toString();
}

function headerList(headers: APIGatewayProxyEvent['multiValueHeaders']): HeaderList {
  return Object.entries(headers ?? {}).flatMap(([name, values]) =>
    (values ?? []).map((value): readonly [string, string] => [name, value]),
  );
}
