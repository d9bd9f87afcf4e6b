import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { KMSClient } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import { STSClient } from '@aws-sdk/client-sts';
import { INGEST_SECONDS } from '../lifetimes.ts';
import { leanClient } from './lean-client.ts';

/**
 * One client per service and function instance, made on first use: connections are kept alive between invocations, and
 * a function pays only for the clients it uses. The annotation lets the bundler leave out the others.
 */
function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/**
 * A call that hangs is given up after 4 s, and a failing call is tried three times: about 13 s with the waits in between,
 * which is below the timeout of every function. By default the SDK waits forever, and tries DynamoDB calls four times.
 */
const requestHandler = { connectionTimeout: 1_000, requestTimeout: 4_000, throwOnRequestTimeout: true };
const callLimits = { requestHandler, maxAttempts: 3 };

/**
 * For the tables of events and deliveries. Each webhook makes such calls, and `cacheMiddleware` saves part of the CPU
 * time of each.
 */
export const dynamodb = /* @__PURE__ */ once(() =>
  leanClient(DynamoDBClient, { ...callLimits, cacheMiddleware: true }),
);
/**
 * For the configuration table: the document client refuses a client with cached middleware. It shares the connections of
 * the other client.
 */
export const configDynamodb = /* @__PURE__ */ once(() =>
  leanClient(DynamoDBClient, { ...callLimits, requestHandler: dynamodb().config.requestHandler }),
);
/** Without the MD5 checks, which guard against corruption in transit: TLS and SigV4 cover the same bytes anyway. */
export const sqs = /* @__PURE__ */ once(() => leanClient(SQSClient, { ...callLimits, md5: false }));
/** Bodies have up to 4.5 MB. Ingest has time for one call that hangs and half of another. */
export const s3 = /* @__PURE__ */ once(
  () =>
    new S3Client({
      ...callLimits,
      requestHandler: { ...requestHandler, requestTimeout: (INGEST_SECONDS - 5) * 1_000 },
    }),
);
export const scheduler = /* @__PURE__ */ once(() => new SchedulerClient(callLimits));
export const eventbridge = /* @__PURE__ */ once(() => new EventBridgeClient(callLimits));
export const kms = /* @__PURE__ */ once(() => new KMSClient(callLimits));
export const secretsManager = /* @__PURE__ */ once(() => new SecretsManagerClient(callLimits));
export const sts = /* @__PURE__ */ once(() => new STSClient(callLimits));
