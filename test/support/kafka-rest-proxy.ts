import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import {
  codeOfV2,
  expectTypes,
  HttpError,
  type KafkaError,
  notThere,
  parsed,
  RecordError,
  requestOfV2,
  requestOfV3,
} from './kafka-rest-api.ts';

/**
 * Answers requests to produce as Confluent's REST Proxy does, v2 and v3, according to its published API and its code:
 * https://docs.confluent.io/platform/current/kafka-rest/api.html,
 * https://github.com/confluentinc/kafka-rest/blob/master/api/v3/openapi.yaml,
 * https://github.com/confluentinc/kafka-rest/blob/master/kafka-rest/src/main/java/io/confluent/kafkarest/resources/v2/AbstractProduceAction.java,
 * https://github.com/confluentinc/rest-utils/blob/master/core/src/main/java/io/confluent/rest/exceptions/KafkaExceptionMapper.java
 */

/** A record in a topic. */
export interface KafkaRecord {
  readonly partition: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly (readonly [name: string, value: string])[];
}

export interface KafkaRestProxyOptions {
  readonly clusterId?: string;
  /** The number of partitions by name of topic. */
  readonly topics?: Readonly<Record<string, number>>;
  /** The `Authorization` that requests must have. Without it, none is required. */
  readonly authorization?: string;
  /** Kafka's limit for a record as a whole. */
  readonly maxMessageBytes?: number;
  /** The path under which the API is served. */
  readonly basePath?: string;
}

export class KafkaRestProxy {
  readonly records: Record<string, KafkaRecord[]> = {};
  /** Path and authorization of each request as it came. */
  readonly received: { readonly path: string; readonly authorization: string | undefined }[] = [];
  /** If set, the next record fails with this error, as if it had happened between the proxy and its brokers. */
  nextError: KafkaError | undefined;
  readonly #options: Required<Omit<KafkaRestProxyOptions, 'authorization'>> & KafkaRestProxyOptions;
  readonly #server: Server;
  readonly url: string;

  private constructor(server: Server, options: KafkaRestProxyOptions) {
    this.#server = server;
    this.#options = {
      clusterId: 'lkc-abc123',
      topics: { webhooks: 3 },
      maxMessageBytes: 1_048_576,
      basePath: '',
      ...options,
    };
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${this.#options.basePath}`;
    for (const topic of Object.keys(this.#options.topics)) this.records[topic] = [];
  }

  static async start(options: KafkaRestProxyOptions = {}): Promise<KafkaRestProxy> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const proxy = new KafkaRestProxy(server, options);
    server.on('request', (request, response) => void proxy.#answer(request, response));
    return proxy;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    const { pathname } = new URL(request.url ?? '', this.url);
    this.received.push({ path: pathname, authorization: request.headers.authorization });
    const reply = (status: number, answer: object, type = 'application/json') =>
      response.writeHead(status, { 'content-type': type }).end(JSON.stringify(answer));
    try {
      const { authorization, basePath, clusterId } = this.#options;
      if (authorization !== undefined && request.headers.authorization !== authorization) {
        throw new HttpError(401, 'Unauthorized');
      }
      const path = pathname.startsWith(`${basePath}/`) ? pathname.slice(basePath.length) : '';
      const [, topicOfV2] = /^\/topics\/([^/]+)$/.exec(path) ?? [];
      const [, cluster, topicOfV3] = /^\/v3\/clusters\/([^/]+)\/topics\/([^/]+)\/records$/.exec(path) ?? [];
      if (topicOfV2 === undefined && topicOfV3 === undefined) throw new HttpError(404, 'HTTP 404 Not Found');
      if (request.method !== 'POST') throw new HttpError(405, 'HTTP 405 Method Not Allowed');
      if (topicOfV2 !== undefined) {
        const type = 'application/vnd.kafka.v2+json';
        expectTypes(request, 'application/vnd.kafka.binary.v2+json', type);
        return void reply(...this.#produceV2(topicOfV2, body), type);
      }
      expectTypes(request, 'application/json', 'application/json');
      // Confluent Cloud checks this; a self-hosted proxy takes any cluster.
      if (cluster !== clusterId) throw new HttpError(404, `Cluster ${cluster} cannot be found.`, 40401);
      return void reply(200, this.#produceV3(topicOfV3 ?? '', body));
    } catch (error) {
      if (!(error instanceof HttpError)) return void reply(500, { error_code: 500, message: String(error) });
      reply(error.status, { error_code: error.errorCode, message: error.message });
    }
  }

  #produceV2(topic: string, body: Buffer): [status: number, answer: object] {
    const { records } = parsed(requestOfV2, body, 422);
    const offsets = records.map(({ partition, key, value }) => {
      try {
        const at = this.#append(topic, partition, { key, value, headers: [] });
        return { ...at, error_code: null, error: null };
      } catch (error) {
        if (!(error instanceof RecordError)) throw error;
        const { error_code, message } = error.error;
        return { partition: null, offset: null, error_code: codeOfV2(error_code), error: message };
      }
    });
    const codes = offsets.map(({ error_code }) => error_code);
    const status = codes.includes(40101) ? 401 : codes.includes(40301) ? 403 : 200;
    return [status, { offsets, key_schema_id: null, value_schema_id: null }];
  }

  /** The status is 200 before a record is read, so whatever is wrong with the record is in its report. */
  #produceV3(topic: string, body: Buffer): object {
    if (body.byteLength === 0)
      throw new HttpError(422, 'Payload error. Request body is empty. Data is required.', 42206);
    try {
      const { partition_id, headers, key, value } = parsed(requestOfV3, body, 400);
      const record = {
        key,
        value,
        headers: headers.map(({ name, value }) => [name, value?.toString() ?? ''] as const),
      };
      const { partition, offset } = this.#append(topic, partition_id, record);
      return {
        error_code: 200,
        cluster_id: this.#options.clusterId,
        topic_name: topic,
        partition_id: partition,
        offset,
        timestamp: new Date().toISOString(),
        ...(key && { key: { type: 'BINARY', size: key.byteLength } }),
        ...(value && { value: { type: 'BINARY', size: value.byteLength } }),
      };
    } catch (error) {
      if (error instanceof RecordError) return error.error;
      if (error instanceof HttpError) return { error_code: error.errorCode, message: error.message };
      throw error;
    }
  }

  #append(topic: string, wanted: number | null, record: Omit<KafkaRecord, 'partition'>) {
    const { nextError } = this;
    this.nextError = undefined;
    if (nextError) throw new RecordError(nextError);
    const log = this.records[topic];
    const partitions = this.#options.topics[topic] ?? 0;
    if (!log) throw notThere(`Topic ${topic} not present in metadata after 60000 ms.`);
    if (wanted !== null && wanted >= partitions) {
      throw notThere(
        `Partition ${wanted} of topic ${topic} with partition count ${partitions} is not present in metadata after 60000 ms.`,
      );
    }
    const { maxMessageBytes } = this.#options;
    const bytes = (record.key?.byteLength ?? 0) + (record.value?.byteLength ?? 0);
    if (bytes > maxMessageBytes) {
      const message = `The message is ${bytes} bytes when serialized which is larger than ${maxMessageBytes}, which is the value of the max.request.size configuration.`;
      throw new RecordError({ error_code: 413, message });
    }
    const partition = wanted ?? (record.key?.reduce((sum, byte) => sum + byte, 0) ?? 0) % partitions;
    const offset = log.filter((other) => other.partition === partition).length;
    log.push({ ...record, partition });
    return { partition, offset };
  }
}
