import * as z from 'zod';
import { recordField } from '../fields/record-field.ts';
import { placeholderField } from './placeholders.ts';

/** What the types share that publish by the HTTP API of a message broker. */

const MAX_HEADERS = 20;
const MAX_HEADER_VALUE_LENGTH = 256;
const HEADER_NAME = /^[\w.-]{1,128}$/;
const headerValue = placeholderField(MAX_HEADER_VALUE_LENGTH);

/** What Hawser says of each message, in headers where the broker has no other place for it. */
const OWN_HEADERS: readonly string[] = [
  'event_id',
  'delivery_id',
  'source_id',
  'attempt',
  'content_type',
  'content_encoding',
];

/** Where the API is, paths of its own not included. What else is asked of it depends on where Hawser runs. */
export const apiUrlField = z
  .string()
  .refine((text) => !/[?#]/.test(text), 'must have no query and no fragment: paths of the API are added to it');

/** Of each message, by name; their values may contain placeholders. */
export const messageHeadersField = recordField(z.string()).superRefine((headers, context) => {
  const refuse = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message });
  const entries = Object.entries(headers);
  if (entries.length > MAX_HEADERS) refuse([], `must have at most ${MAX_HEADERS} headers`);
  for (const [name, value] of entries) {
    const problem = headerValue.safeParse(value).error?.issues[0]?.message;
    if (!HEADER_NAME.test(name)) refuse([name], 'is not a name of up to 128 letters, digits and . _ -');
    else if (OWN_HEADERS.includes(name)) refuse([name], 'is set by Hawser itself');
    else if (problem) refuse([name], problem);
  }
});
