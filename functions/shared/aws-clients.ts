import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { KMSClient } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import { STSClient } from '@aws-sdk/client-sts';
import { hotClient, hotOptions } from './hot-client.ts';

/**
 * One client of each service for a function instance, made on first use: connections are kept alive between invocations, and
 * a function pays only for the clients that it calls. The annotation lets the bundler leave out the others.
 */
function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/**
 * Below any function's timeout: a hung call is given up and tried again (three times in all) within the invocation.
 * The SDK's own default is to wait for ever.
 */
const requestHandler = { connectionTimeout: 1_000, requestTimeout: 4_000, throwOnRequestTimeout: true };

/** For the tables of events and deliveries. Each webhook is a call: `cacheMiddleware` saves a part of what the SDK does for one. */
export const dynamodb = /* @__PURE__ */ once(() =>
  hotClient(new DynamoDBClient({ ...hotOptions, requestHandler, cacheMiddleware: true })),
);
/** For the configuration: the document client refuses one whose middleware is cached. It shares its connections. */
export const configDynamodb = /* @__PURE__ */ once(() =>
  hotClient(new DynamoDBClient({ ...hotOptions, requestHandler: dynamodb().config.requestHandler })),
);
/** MD5 checks are SQS's own in-transit check; TLS and SigV4 cover the same bytes at no extra CPU. */
export const sqs = /* @__PURE__ */ once(() => hotClient(new SQSClient({ ...hotOptions, requestHandler, md5: false })));
export const s3 = /* @__PURE__ */ once(
  () => new S3Client({ requestHandler: { ...requestHandler, requestTimeout: 10_000 } }),
);
export const scheduler = /* @__PURE__ */ once(() => new SchedulerClient({ requestHandler }));
export const eventbridge = /* @__PURE__ */ once(() => new EventBridgeClient({ requestHandler }));
export const kms = /* @__PURE__ */ once(() => new KMSClient({ requestHandler }));
export const secretsManager = /* @__PURE__ */ once(() => new SecretsManagerClient({ requestHandler }));
export const sts = /* @__PURE__ */ once(() => new STSClient({ requestHandler }));
