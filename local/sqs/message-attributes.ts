import { createHash } from 'node:crypto';
import * as z from 'zod';
import { invalidParameter } from './errors.ts';
import { MAX_MESSAGE_ATTRIBUTES } from './limits.ts';

/** One message attribute as it goes over the wire; a binary value is base64. */
export const messageAttributeSchema = z.strictObject({
  DataType: z.string().optional(),
  StringValue: z.string().optional(),
  BinaryValue: z.base64().optional(),
});

export type MessageAttribute = z.infer<typeof messageAttributeSchema>;
export type MessageAttributes = Readonly<Record<string, MessageAttribute | undefined>>;

const INVALID_CHARACTER = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;
export const INVALID_CHARACTERS =
  'Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF';

/** Whether SQS takes this text: XML 1.0 characters only, no lone surrogates. */
export function isValidText(text: string): boolean {
  return !INVALID_CHARACTER.test(text);
}

/**
 * @throws InvalidParameterValueException in AWS's words:
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
 */
export function validateMessageAttributes(attributes: MessageAttributes): void {
  const names = Object.keys(attributes);
  if (names.length > MAX_MESSAGE_ATTRIBUTES) {
    throw invalidParameter(
      `Number of message attributes [${names.length}] exceeds the allowed maximum [${MAX_MESSAGE_ATTRIBUTES}].`,
    );
  }
  for (const name of names) {
    validateName(name);
    const attribute = attributes[name];
    if (attribute) validateValue(name, attribute);
  }
}

function validateName(name: string): void {
  if (name.length === 0 || Buffer.byteLength(name) > 256) {
    throw invalidParameter('Message (user) attribute names must be shorter than 256 Bytes');
  }
  if (!/^[A-Za-z0-9_.-]+$/.test(name)) {
    throw invalidParameter(
      'Message (user) attributes name can only contain upper and lower score characters, digits, periods, hyphens and underscores. ',
    );
  }
  if (/^(aws\.|amazon\.|\.)|\.$|\.\./i.test(name)) {
    throw invalidParameter(
      "You can't use message attribute names beginning with 'AWS.' or 'Amazon.'. These strings are reserved for internal use. Additionally, they cannot start or end with '.'.",
    );
  }
}

function validateValue(name: string, { DataType, StringValue, BinaryValue }: MessageAttribute): void {
  const type = DataType?.match(/^(String|Number|Binary)(\..+)?$/)?.[1];
  if (type === undefined) {
    throw invalidParameter(
      `The type of message (user) attribute '${name}' is invalid. You must use only the following supported type prefixes: Binary, Number, String.`,
    );
  }
  const value = type === 'Binary' ? BinaryValue : StringValue;
  if (!value || (type === 'Binary' ? StringValue : BinaryValue) !== undefined) {
    throw invalidParameter(`Message (user) attribute '${name}' must contain a non-empty value of type '${type}'.`);
  }
  if (type === 'String' && !isValidText(value)) throw invalidParameter(INVALID_CHARACTERS);
  if (type === 'Number' && !/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(value)) {
    throw invalidParameter(`Can't cast the value of message (user) attribute '${name}' to a number.`);
  }
}

/** What the attributes add to the message's size: names, types and values. */
export function messageAttributesBytes(attributes: MessageAttributes): number {
  let bytes = 0;
  for (const [name, attribute] of Object.entries(attributes)) {
    const { DataType = '', StringValue, BinaryValue } = attribute ?? {};
    bytes += Buffer.byteLength(name) + Buffer.byteLength(DataType);
    if (StringValue !== undefined) bytes += Buffer.byteLength(StringValue);
    if (BinaryValue !== undefined) bytes += Buffer.byteLength(BinaryValue, 'base64');
  }
  return bytes;
}

/** The digest that the SDK checks: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html#sqs-attributes-md5-message-digest-calculation */
export function md5OfMessageAttributes(attributes: MessageAttributes): string | undefined {
  const names = Object.keys(attributes).sort();
  if (names.length === 0) return undefined;
  const hash = createHash('md5');
  const feed = (bytes: Buffer) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.byteLength);
    hash.update(length).update(bytes);
  };
  for (const name of names) {
    const { DataType = '', StringValue = '', BinaryValue } = attributes[name] ?? {};
    feed(Buffer.from(name));
    feed(Buffer.from(DataType));
    hash.update(Buffer.of(BinaryValue === undefined ? 1 : 2));
    feed(BinaryValue === undefined ? Buffer.from(StringValue) : Buffer.from(BinaryValue, 'base64'));
  }
  return hash.digest('hex');
}

/** The attributes that `ReceiveMessage`'s MessageAttributeNames ask for: `All`, `.*`, a name, or `prefix.*`. */
export function selectMessageAttributes(attributes: MessageAttributes, names: readonly string[]): MessageAttributes {
  if (names.includes('All') || names.includes('.*')) return attributes;
  const isWanted = (name: string) =>
    names.some((wanted) => (wanted.endsWith('.*') ? name.startsWith(wanted.slice(0, -2)) : name === wanted));
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => isWanted(name)));
}
