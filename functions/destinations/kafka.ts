import type { lookup as systemLookup } from 'node:dns';
import * as z from 'zod';
import type { HeaderList } from '../../core/deliveries/delivery-headers.ts';
import { fillPlaceholders } from '../../core/destination-types/placeholders.ts';
import type { DestinationTargets } from '../../core/destination-types/registry.ts';
import type { DestinationNetwork } from '../../core/destinations/network-address.ts';
import { BrokerApi, type BrokerError, messageHeaders, type Publication } from './broker-api.ts';
import type { AttemptInput, DestinationType } from './destination-type.ts';
import { codeOfStatus } from './http-failure.ts';
import { isSuccess } from './http-response.ts';

/**
 * Kafka records through the API of Confluent's REST Proxy, v2 or v3, which Confluent Cloud also offers.
 * https://docs.confluent.io/platform/current/kafka-rest/api.html
 */
export function kafkaDestination(
  network: DestinationNetwork,
  now: () => number,
  lookup?: typeof systemLookup,
): DestinationType<DestinationTargets['kafka']> {
  const api = new BrokerApi(readError, network, now, lookup);
  return {
    bind: (destination) => ({
      attempt: (input) => api.publish(destination, publicationOf(destination.target.config, input)),
    }),
  };
}

type Config = DestinationTargets['kafka']['config'];

function publicationOf(config: Config, input: AttemptInput): Publication {
  const { rest_url: apiUrl, api_version, cluster_id, topic } = config;
  const key = config.key === null ? null : fillPlaceholders(config.key, input.job);
  const routing: HeaderList = key === null ? [] : [['key', key]];
  if (api_version === 'v2') {
    return {
      apiUrl,
      path: ['topics', topic],
      // Sends the bytes in base64. Any other format would be parsed and serialized again.
      mediaType: 'application/vnd.kafka.binary.v2+json',
      accept: 'application/vnd.kafka.v2+json',
      body: { records: [recordOfV2(config, key, input)] },
      routing,
      attributes: [],
    };
  }
  const headers = messageHeaders(input, config.headers);
  return {
    apiUrl,
    path: ['v3', 'clusters', cluster_id ?? '', 'topics', topic, 'records'],
    mediaType: 'application/json',
    accept: 'application/json',
    body: recordOfV3(config, key, headers, input),
    routing,
    attributes: headers,
  };
}

function recordOfV2({ partition }: Config, key: string | null, { body }: AttemptInput): object {
  return {
    ...(partition !== null && { partition }),
    ...(key !== null && { key: base64(key) }),
    value: base64(body),
  };
}

function recordOfV3({ partition }: Config, key: string | null, headers: HeaderList, { body }: AttemptInput): object {
  return {
    ...(partition !== null && { partition_id: partition }),
    headers: headers.map(([name, value]) => ({ name, value: base64(value) })),
    ...(key !== null && { key: { type: 'BINARY', data: base64(key) } }),
    value: { type: 'BINARY', data: base64(body) },
  };
}

function base64(data: string | Uint8Array): string {
  return Buffer.from(data).toString('base64');
}

/** The record was written. v2 reports on all records of a request; v3 reports on one record in each part of its response. */
const report = z.union([
  z.object({ offsets: z.tuple([z.object({ error_code: z.null().optional(), offset: z.number() })]) }),
  z.object({ error_code: z.literal(200) }),
]);

/** How both versions report a failure: of the request as a whole, or of a record, in a response with status 200. */
const failure = z.union([
  z
    .object({ offsets: z.tuple([z.object({ error_code: z.int(), error: z.string().nullish() })]) })
    .transform(({ offsets: [{ error_code: code, error }] }) => ({ code, message: error ?? '' })),
  z
    .object({ error_code: z.int(), message: z.string().nullish() })
    .transform(({ error_code: code, message }) => ({ code, message: message ?? '' })),
]);

function readError(statusCode: number, body: unknown): BrokerError | undefined {
  if (isSuccess(statusCode) && report.safeParse(body).success) return undefined;
  const { data } = failure.safeParse(body);
  if (data) return { code: codeOf(data, statusCode), message: `${data.code}: ${data.message}` };
  return isSuccess(statusCode)
    ? { code: 'SERVICE_ERROR', message: `it answered ${statusCode} without telling whether the record was written` }
    : { code: statusCode === 413 ? 'BODY_TOO_LARGE' : codeOfStatus(statusCode), message: `it answered ${statusCode}` };
}

/** Kafka's producer, its brokers and the proxy each word it differently, and v2 has no code for it. */
const TOO_LARGE = /\blarger than\b/;
/** For a topic that does not exist, v2 says after a minute that it may appear later. */
const NO_TOPIC = /not present in metadata/i;

/**
 * An error code is a status, or begins with one, as 40403 does. The record errors of v2 are 1 and 2 in its documentation, but
 * 50002 and 50003 in its code.
 * https://github.com/confluentinc/rest-utils/blob/master/core/src/main/java/io/confluent/rest/exceptions/KafkaExceptionMapper.java
 */
function codeOf({ code, message }: { code: number; message: string }, statusCode: number): BrokerError['code'] {
  if (code === 413 || TOO_LARGE.test(message)) return 'BODY_TOO_LARGE';
  if (NO_TOPIC.test(message)) return 'TARGET_NOT_FOUND';
  if (code === 1 || code === 2) return 'SERVICE_ERROR';
  const status = Number(String(code).slice(0, 3));
  return codeOfStatus(status >= 400 && status < 600 ? status : statusCode);
}
