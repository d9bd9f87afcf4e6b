import * as z from 'zod';
import type { HeaderList } from '../deliveries/delivery-headers.ts';
import { recordField } from '../fields/record-field.ts';
import { idSchema } from '../id-schema.ts';
import type { EventId } from '../ids.ts';
import { bodyEncoding, isDecodable, isDecodableMessage, wellFormedText } from './encoded-body.ts';

/** The event that a filter or transform is tested on: a stored one, or one given in the form in which the API shows events. */

/** No limits of their own: the API limits the whole event, and evaluating it has a bounded cost. */
const line = z.string();

const headers = recordField(z.union([line, z.array(line)], 'must be a string or a list of strings'))
  .default({})
  .meta({ description: 'By name; a name that is sent several times has a list of values.' });

export const givenEvent = z
  .strictObject({
    method: line.default('POST'),
    path: line.default(''),
    query: line.default(''),
    headers,
    event_type: line
      .optional()
      .meta({ description: 'The event type, as the verification of a source would determine it.' }),
    body: wellFormedText.default(''),
    body_encoding: bodyEncoding,
  })
  .refine(isDecodable, isDecodableMessage)
  .meta({ id: 'GivenEvent', examples: [{ body: '{"ref":"refs/heads/main"}' }] });
export type GivenEvent = z.output<typeof givenEvent>;

export type TestedEvent = { readonly eventId: EventId } | { readonly event: GivenEvent };

/** The fields of a request that name it. */
export const testedEventFields = {
  event_id: idSchema('evt').optional().meta({ description: 'A stored event, instead of `event`.' }),
  event: givenEvent.optional(),
};

interface TestedEventGiven {
  readonly event_id?: EventId | undefined;
  readonly event?: GivenEvent | undefined;
}

/** @returns `undefined`, and adds an issue, unless exactly one is given */
export function testedEventOf(
  { event_id, event }: TestedEventGiven,
  context: z.core.$RefinementCtx,
): TestedEvent | undefined {
  if (event_id !== undefined && event === undefined) return { eventId: event_id };
  if (event_id === undefined && event !== undefined) return { event };
  context.addIssue({
    code: 'custom',
    path: ['event_id'],
    message: 'is required unless event is given, and must not be given together with it',
  });
  return undefined;
}

/** The request that a sender would have sent, as if it had been stored. */
export function givenRequest({ method, path, query, headers, event_type, body, body_encoding }: GivenEvent) {
  const list: HeaderList = Object.entries(headers).flatMap(([name, values]) =>
    [values].flat().map((value): [string, string] => [name, value]),
  );
  const bytes = Buffer.from(body, body_encoding);
  return {
    head: { method, path, query, headers: list },
    bodyBytes: bytes.byteLength,
    body: async () => bytes,
    eventType: async () => event_type,
  };
}
