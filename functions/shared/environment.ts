import * as z from 'zod';

/**
 * The environment variables of the functions. The constructs in `lib/` set them, and the handlers read them through
 * `requireEnv` and `parseEnv`. Both sides share this list, so that they can't drift apart.
 */
export const variable = {
  /** Events table: one row per received webhook, with the stream that drives fan-out. */
  eventsTable: 'EVENTS_TABLE',
  /** Deliveries table: one row per delivery, further rows for its later attempts. */
  deliveriesTable: 'DELIVERIES_TABLE',
  /** Configuration table: organizations, sources, destinations, connections, API keys, sessions. */
  configTable: 'CONFIG_TABLE',
  /** Clients table: who is connected to WebSocket destinations, and tickets to connect with. */
  clientsTable: 'CLIENTS_TABLE',
  /** Where clients connect to, without a ticket: `wss://…/live`. */
  websocketUrl: 'WEBSOCKET_URL',
  /** Where frames are sent to clients. The SDK's own variable: its client takes it as its endpoint. */
  clientsEndpoint: 'AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI',
  /** Bucket of the bodies that are too large for a table row. */
  payloadBucket: 'PAYLOAD_BUCKET',
  deliveryQueueUrl: 'DELIVERY_QUEUE_URL',
  deadLetterQueueUrl: 'DEAD_LETTER_QUEUE_URL',
  /** Queue of the steps of replays. */
  replayQueueUrl: 'REPLAY_QUEUE_URL',
  /** Group of the one-time schedules for retries that are further away than an SQS delay can be. */
  scheduleGroup: 'SCHEDULE_GROUP',
  /** Role that EventBridge Scheduler assumes to send the retry back into the delivery queue. */
  scheduleRoleArn: 'SCHEDULE_ROLE_ARN',
  /** Queue for messages that Scheduler could not deliver. */
  scheduleDeadLetterArn: 'SCHEDULE_DEAD_LETTER_ARN',
  /** KMS key under which signing secrets and credentials are envelope-encrypted. */
  credentialsKeyArn: 'CREDENTIALS_KEY_ARN',
  rootKeySecretArn: 'ROOT_KEY_SECRET_ARN',
  /** Bus of the operational events, such as `delivery.dead_lettered`. */
  eventBusName: 'EVENT_BUS_NAME',
  /** Where users reach API and dashboard, without a trailing slash. */
  publicUrl: 'PUBLIC_URL',
  /** Where senders reach ingest, without a trailing slash. Some sign the URL that they send to. */
  ingestUrl: 'INGEST_URL',
  /** `public`: only public unicast addresses over https. `loopback`: these, and loopback over http (`npm start` alone). */
  destinationNetwork: 'DESTINATION_NETWORK',
  /** Requests to the management API that an organization may make in a minute. */
  requestsPerMinute: 'REQUESTS_PER_MINUTE',
  /** Days after which events, deliveries and tombstones expire. */
  retentionDays: 'RETENTION_DAYS',
} as const;

export type Variable = (typeof variable)[keyof typeof variable];

/** The value of a variable that the construct must have set. @throws Error that names the missing variable */
export function requireEnv(name: Variable): string {
  const value = process.env[name];
  if (!value) throw new Error(`the environment variable ${name} is not set; the function's construct in lib/ sets it`);
  return value;
}

/** The parsed value of a variable. @throws Error that names the variable if it is missing or wrong */
export function parseEnv<Value>(name: Variable, schema: z.ZodType<Value>): Value {
  const parsed = schema.safeParse(requireEnv(name));
  if (parsed.success) return parsed.data;
  throw new Error(
    `the environment variable ${name} is wrong: ${parsed.error.issues.map(({ message }) => message).join('; ')}`,
  );
}

/** Days after which events, deliveries and tombstones expire. @throws Error that names the variable */
export function retentionDays(): number {
  return parseEnv(variable.retentionDays, z.coerce.number().int().min(1));
}
