import * as z from 'zod';
import { AwsError, notImplemented } from '../wire/aws-error.ts';
import { invalidValue } from './errors.ts';
import {
  MAX_DELAY_SECONDS,
  MAX_MESSAGE_BYTES,
  MAX_RECEIVE_COUNT,
  MAX_RETENTION_SECONDS,
  MAX_VISIBILITY_SECONDS,
  MAX_WAIT_SECONDS,
  MIN_MAXIMUM_MESSAGE_BYTES,
  MIN_RETENTION_SECONDS,
} from './limits.ts';

/** Attributes in the API's form: every value is a string. */
export type QueueAttributes = Readonly<Record<string, string>>;

interface RedrivePolicy {
  readonly deadLetterTargetArn: string;
  readonly maxReceiveCount: number;
}

export interface RedriveAllowPolicy {
  readonly redrivePermission: 'allowAll' | 'denyAll' | 'byQueue';
  readonly sourceQueueArns: readonly string[];
}

/** The settings that decide a queue's behaviour, read from its attributes. */
export interface QueueSettings {
  readonly delaySeconds: number;
  readonly maximumMessageBytes: number;
  readonly retentionSeconds: number;
  readonly waitSeconds: number;
  readonly visibilitySeconds: number;
  readonly redrivePolicy: RedrivePolicy | undefined;
}

/** Smallest, largest and default value: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html */
const NUMERIC = new Map<string, readonly [min: number, max: number, byDefault: number]>([
  ['DelaySeconds', [0, MAX_DELAY_SECONDS, 0]],
  ['MaximumMessageSize', [MIN_MAXIMUM_MESSAGE_BYTES, MAX_MESSAGE_BYTES, MAX_MESSAGE_BYTES]],
  ['MessageRetentionPeriod', [MIN_RETENTION_SECONDS, MAX_RETENTION_SECONDS, 345_600]],
  ['ReceiveMessageWaitTimeSeconds', [0, MAX_WAIT_SECONDS, 0]],
  ['VisibilityTimeout', [0, MAX_VISIBILITY_SECONDS, 30]],
]);

/** Stored and returned only. They govern access and encryption, which have no effect behind a loopback endpoint. */
const KEPT = ['Policy', 'KmsMasterKeyId', 'KmsDataKeyReusePeriodSeconds', 'SqsManagedSseEnabled'];
const FIFO_ONLY = ['FifoQueue', 'ContentBasedDeduplication', 'DeduplicationScope', 'FifoThroughputLimit'];

export const DEFAULT_ATTRIBUTES: QueueAttributes = {
  ...Object.fromEntries([...NUMERIC].map(([name, [, , byDefault]]) => [name, String(byDefault)])),
  SqsManagedSseEnabled: 'true',
};

/**
 * Checks attributes that a caller wants to set. An empty string unsets an attribute and is valid.
 * @throws InvalidAttributeName, InvalidAttributeValue, InvalidParameterValueException; 501 for FIFO queues.
 */
export function validateAttributes(attributes: QueueAttributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    const range = NUMERIC.get(name);
    if (range) {
      if (!/^\d{1,9}$/.test(value) || Number(value) < range[0] || Number(value) > range[1])
        throw invalidAttribute(name);
    } else if (name === 'RedrivePolicy') {
      parseRedrivePolicy(value);
    } else if (name === 'RedriveAllowPolicy') {
      parseRedriveAllowPolicy(value);
    } else if (FIFO_ONLY.includes(name)) {
      if (name === 'FifoQueue' && value === 'true') throw notImplemented('SQS', 'FIFO queues');
      throw unknownAttribute(name);
    } else if (!KEPT.includes(name)) {
      throw unknownAttribute(name);
    }
  }
}

export function settingsOf(attributes: QueueAttributes): QueueSettings {
  const seconds = (name: string) => Number(attributes[name] ?? DEFAULT_ATTRIBUTES[name]);
  return {
    delaySeconds: seconds('DelaySeconds'),
    maximumMessageBytes: seconds('MaximumMessageSize'),
    retentionSeconds: seconds('MessageRetentionPeriod'),
    waitSeconds: seconds('ReceiveMessageWaitTimeSeconds'),
    visibilitySeconds: seconds('VisibilityTimeout'),
    redrivePolicy: parseRedrivePolicy(attributes.RedrivePolicy ?? ''),
  };
}

const redrivePolicySchema = z.strictObject({
  deadLetterTargetArn: z.string(),
  maxReceiveCount: z.coerce.number().int(),
});

const redriveAllowPolicySchema = z.strictObject({
  redrivePermission: z.enum(['allowAll', 'denyAll', 'byQueue']),
  sourceQueueArns: z.array(z.string()).max(10).default([]),
});

function parseRedrivePolicy(value: string): RedrivePolicy | undefined {
  if (value === '') return undefined;
  const parsed = redrivePolicySchema.safeParse(jsonOf(value, 'RedrivePolicy'));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw invalidValue(value, 'RedrivePolicy', `${issue?.path.join('.')}: ${issue?.message}.`);
  }
  const { maxReceiveCount } = parsed.data;
  if (maxReceiveCount < 1 || maxReceiveCount > MAX_RECEIVE_COUNT) {
    throw invalidValue(
      value,
      'RedrivePolicy',
      `Invalid value for maxReceiveCount: ${maxReceiveCount}, valid values are from 1 to ${MAX_RECEIVE_COUNT} both inclusive.`,
    );
  }
  return parsed.data;
}

export function parseRedriveAllowPolicy(value: string): RedriveAllowPolicy | undefined {
  if (value === '') return undefined;
  const parsed = redriveAllowPolicySchema.safeParse(jsonOf(value, 'RedriveAllowPolicy'));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw invalidValue(value, 'RedriveAllowPolicy', `${issue?.path.join('.')}: ${issue?.message}.`);
  }
  return parsed.data;
}

function jsonOf(value: string, parameter: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    throw invalidValue(value, parameter, 'Redrive policy is not a valid JSON map.');
  }
}

function invalidAttribute(name: string): AwsError {
  return new AwsError('InvalidAttributeValue', `Invalid value for the parameter ${name}.`);
}

export function unknownAttribute(name: string): AwsError {
  return new AwsError('InvalidAttributeName', `Unknown Attribute ${name}.`);
}
