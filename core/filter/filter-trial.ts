import * as z from 'zod';
import type { HeaderList } from '../delivery-headers.ts';
import { exampleId, idSchema } from '../id-schema.ts';
import type { EventId } from '../ids.ts';
import { type Filter, filterField } from './filter.ts';

/** A filter is tried on a stored event, or on one that is given in the form in which events are shown. */

/** Nothing has a limit of its own: the whole fits into what the API takes, and filters look at it at bounded cost. */
const line = z.string();
const body = z.string().refine((text) => text.isWellFormed(), 'must be well-formed Unicode');

const headers = z
  .record(z.string(), z.union([line, z.array(line)]))
  .default({})
  .meta({ description: 'By name; a name that is sent several times has a list of values.' });

const givenEvent = z
  .strictObject({
    method: line.default('POST'),
    path: line.default(''),
    query: line.default(''),
    headers,
    event_type: line.optional().meta({ description: 'As the verification of a source would tell it.' }),
    body: body.default(''),
    body_encoding: z.enum(['utf8', 'base64']).default('utf8'),
  })
  .refine(({ body, body_encoding }) => body_encoding === 'utf8' || z.base64().safeParse(body).success, {
    path: ['body'],
    message: 'must be base64, as body_encoding says',
  })
  .meta({ id: 'GivenEvent', examples: [{ body: '{"ref":"refs/heads/main"}' }] });
type GivenEvent = z.output<typeof givenEvent>;

/** Which of the two is given: the other one is not. */
type Subject = { readonly eventId: EventId } | { readonly event: GivenEvent };

export const filterTrial = z
  .strictObject({
    filter: filterField,
    event_id: idSchema('evt').optional().meta({ description: 'A stored event; or `event` in its place.' }),
    event: givenEvent.optional(),
  })
  .transform(({ filter, event_id, event }, context): { filter: Filter; subject: Subject } => {
    if (event_id !== undefined && event === undefined) return { filter, subject: { eventId: event_id } };
    if (event_id === undefined && event !== undefined) return { filter, subject: { event } };
    context.addIssue({ code: 'custom', path: ['event_id'], message: 'must be given, or event in its place' });
    return z.NEVER;
  })
  .meta({
    id: 'FilterTest',
    examples: [{ filter: { body: { ref: 'refs/heads/main' } }, event_id: exampleId('evt') }],
  });

/** The request that a sender would have sent, as filters are asked about it. */
export function askedEvent({ method, path, query, headers, event_type, body, body_encoding }: GivenEvent) {
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
