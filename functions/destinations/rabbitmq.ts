import type { lookup as systemLookup } from 'node:dns';
import * as z from 'zod';
import { fillPlaceholders } from '../../core/destination-types/placeholders.ts';
import type { DestinationTargets } from '../../core/destination-types/registry.ts';
import type { DestinationNetwork } from '../../core/destinations/network-address.ts';
import { timeMsOf } from '../../core/ids.ts';
import { BrokerApi, type BrokerError, messageHeaders, type Publication } from './broker-api.ts';
import type { AttemptInput, DestinationType } from './destination-type.ts';
import { codeOfStatus } from './http-failure.ts';
import { isSuccess } from './http-response.ts';

/**
 * RabbitMQ messages through the API of its management plugin.
 * https://www.rabbitmq.com/docs/http-api-reference
 */
export function rabbitmqDestination(
  network: DestinationNetwork,
  now: () => number,
  lookup?: typeof systemLookup,
): DestinationType<DestinationTargets['rabbitmq']> {
  const api = new BrokerApi(readError, network, now, lookup);
  return {
    bind: (destination) => ({
      attempt: (input) => api.publish(destination, publicationOf(destination.target.config, input)),
    }),
  };
}

/** The headers for which AMQP has a property of its own. */
const PROPERTIES = ['content_type', 'content_encoding'];

function publicationOf(config: DestinationTargets['rabbitmq']['config'], input: AttemptInput): Publication {
  const { job, body } = input;
  const routingKey = config.routing_key === null ? '' : fillPlaceholders(config.routing_key, job);
  const all = messageHeaders(input, config.headers);
  return {
    apiUrl: config.management_url,
    // The name that the API gives to the default exchange, which has none.
    path: ['api', 'exchanges', config.vhost, config.exchange || 'amq.default', 'publish'],
    mediaType: 'application/json',
    accept: 'application/json',
    body: {
      routing_key: routingKey,
      properties: {
        message_id: job.eventId,
        timestamp: Math.floor(timeMsOf(job.eventId) / 1000),
        delivery_mode: config.persistent ? 2 : 1,
        ...Object.fromEntries(all.filter(([name]) => PROPERTIES.includes(name))),
        headers: Object.fromEntries(all.filter(([name]) => !PROPERTIES.includes(name))),
      },
      payload: Buffer.from(body).toString('base64'),
      payload_encoding: 'base64',
    },
    routing: [['routing_key', routingKey]],
    attributes: all,
  };
}

/** The API publishes with the mandatory flag and waits for the broker's confirm. `true` means that both succeeded. */
const published = z.object({ routed: z.boolean() });
const failure = z.object({ error: z.string(), reason: z.string().catch('') });
/** A channel error, which the API answers with 400: AMQP's reply code and its name. */
const AMQP_ERROR = /^(\d{3}) [A-Z_]+ - /;
/** The broker's text for a message that is too large, and its API's text for a request. */
const TOO_LARGE = /is larger than configured max size|Exceeded HTTP request body size limit/;

function readError(statusCode: number, body: unknown): BrokerError | undefined {
  if (isSuccess(statusCode)) {
    const { data } = published.safeParse(body);
    if (data?.routed) return undefined;
    return data
      ? { code: 'NOT_ROUTED', message: 'the exchange routes messages with this routing key to no queue' }
      : { code: 'SERVICE_ERROR', message: `it answered ${statusCode} without telling whether the message was routed` };
  }
  const { data } = failure.safeParse(body);
  const message = data ? `${data.error}: ${data.reason}` : `it answered ${statusCode}`;
  if (statusCode === 413 || (data && TOO_LARGE.test(data.reason))) return { code: 'BODY_TOO_LARGE', message };
  const [, replyCode] = AMQP_ERROR.exec(data?.reason ?? '') ?? [];
  return { code: codeOfStatus(Number(replyCode ?? statusCode)), message };
}
