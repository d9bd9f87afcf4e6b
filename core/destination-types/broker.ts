import * as z from 'zod';
import { recordField } from '../fields/record-field.ts';
import { isMessageField } from './message-fields.ts';
import { placeholderField } from './placeholders.ts';

/** Shared by the types that publish through a message broker's HTTP API. */

const MAX_HEADERS = 20;
const MAX_HEADER_VALUE_LENGTH = 256;
const HEADER_NAME = /^[\w.-]{1,128}$/;
const headerValue = placeholderField(MAX_HEADER_VALUE_LENGTH);

/** Base URL of the broker's API. Further rules depend on where Hawser runs. */
export const apiUrlField = z
  .string()
  .refine(
    (text) => !/[?#]/.test(text),
    'must have no query and no fragment, because paths of the API are appended to it',
  );

/** Headers of each message, by name; values may contain placeholders. */
export const messageHeadersField = recordField(z.string()).superRefine((headers, context) => {
  const refuse = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message });
  const entries = Object.entries(headers);
  if (entries.length > MAX_HEADERS) refuse([], `must have at most ${MAX_HEADERS} headers`);
  for (const [name, value] of entries) {
    const problem = headerValue.safeParse(value).error?.issues[0]?.message;
    if (!HEADER_NAME.test(name)) refuse([name], 'is not a name of up to 128 letters, digits and . _ -');
    else if (isMessageField(name)) refuse([name], 'is set by Hawser itself');
    else if (problem) refuse([name], problem);
  }
});
