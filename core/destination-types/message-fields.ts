/** The fields that Hawser adds to each published message, as headers or attributes. Nobody else may set them. */
export const messageFieldNames = [
  'event_id',
  'delivery_id',
  'source_id',
  'attempt',
  'content_type',
  'content_encoding',
] as const;

export type MessageFieldName = (typeof messageFieldNames)[number];

export function isMessageField(name: string): boolean {
  return messageFieldNames.some((own) => own === name);
}
