import type { Command } from 'commander';
import * as z from 'zod';
import { addCommand, addGroup, type Invocation } from '../command.ts';
import { exitCode, Failure, usageFailure } from '../failure.ts';
import { type ListOptions, showList, withLimit } from '../lists.ts';
import { clean, cleanText } from '../output.ts';
import { nameAndId, namesOf, parseId, resolvedId } from '../resolve.ts';
import { shownHeaders } from '../shown-headers.ts';
import { cell } from '../table.ts';
import { showHeaders } from './attempts.ts';
import { delivery, deliveryRow } from './deliveries.ts';
import { withTimes } from './times.ts';

const summary = z.looseObject({
  id: z.string(),
  source_id: z.string(),
  event_type: z.string().nullable(),
  method: z.string(),
  path: z.string(),
  query: z.string(),
  content_type: z.string().nullable(),
  body_bytes: z.number(),
  created_at: z.string(),
});

const event = summary.extend({
  headers: shownHeaders,
  source_ip: z.string(),
  body: z.string().nullable(),
  body_encoding: z.enum(['utf8', 'base64']).nullable(),
  deliveries: z.array(delivery),
});
type Event = z.output<typeof event>;

const ON_TYPES = `TYPE is what the provider calls an event. It is known where the
verification of its source says whose webhooks come there, and then of events
that came before, too; elsewhere it is -. To tell the source:
  hawser sources update github --data '{"verification":{"type":"github","secret":"…"}}'`;

export function addEvents(root: Command): void {
  const group = addGroup(root, 'events', 'The webhooks that have come in');
  addCommand<ListOptions & { source?: string; eventType?: string; since?: string; until?: string }>(group, {
    usage: 'list',
    summary: 'List events, newest first',
    examples: [
      'events list',
      'events list --source github --since 15m',
      'events list --event-type push --limit 100 --json',
    ],
    options: (command) =>
      withTimes(withLimit(command))
        .option('--source <id-or-name>', 'only those of this source')
        .option('--event-type <type>', 'only those of this type, as the provider names it')
        .addHelpText('after', `\n${ON_TYPES}`),
    run: async (invocation) => {
      const { source, eventType, since, until } = invocation.options;
      const source_id = await resolvedId(await invocation.api(), 'source', source);
      await showList(invocation, {
        path: '/v1/events',
        plural: 'events',
        item: summary,
        query: { source_id, event_type: eventType, since, until },
        ifNone: 'No events. Send one: hawser trigger github --source …',
        ifNoneFits: eventType === undefined ? undefined : ON_TYPES,
        named: [{ kind: 'source', idIn: ({ source_id }) => source_id }],
        row: (one, _, nameOf) => ({
          accepted: cell.time(one.created_at),
          id: one.id,
          source: cell.text(nameOf(one.source_id)),
          request: cell.text(targetOf(one)),
          type: cell.text(clean(one.event_type)),
          content: cell.detail(cell.text(clean(one.content_type))),
          bytes: cell.detail(String(one.body_bytes)),
        }),
      });
    },
  });
  addCommand<{ body?: boolean }>(group, {
    usage: 'get <id>',
    summary: 'Show an event as it was received, and what became of it',
    examples: ['events get evt_…', 'events get evt_… --body > body.json'],
    options: (command) => command.option('--body', 'print only its body, byte for byte'),
    run: get,
  });
}

async function get(invocation: Invocation<{ body?: boolean }>): Promise<void> {
  const { args, out, options } = invocation;
  if (options.body && out.json)
    throw usageFailure('--body cannot be used with --json', '--json contains the body, as text or base64');
  const id = parseId('evt', args[0]);
  const api = await invocation.api();
  const response = await api.get(`/v1/events/${id}`);
  if (options.body) {
    const { body, body_encoding } = event.parse(response);
    if (body === null) throw new Failure(exitCode.notFound, `the body of ${id} has expired`);
    return out.bytes(Buffer.from(body, body_encoding ?? 'utf8'));
  }
  if (out.json) return out.document(response);
  const one = event.parse(response);
  const destinationIds = one.deliveries.map(({ destination_id }) => destination_id);
  const [sourceName, destinationName] = await Promise.all([
    namesOf(api, 'source', [one.source_id]),
    namesOf(api, 'destination', destinationIds),
  ]);
  out.fields({
    id: one.id,
    source: nameAndId(one.source_id, sourceName),
    type: one.event_type === null ? undefined : clean(one.event_type),
    accepted: one.created_at,
    from: clean(one.source_ip),
    request: targetOf(one),
    'body bytes': String(one.body_bytes),
  });
  out.line('');
  showHeaders(out, '', one.headers);
  out.line('');
  out.line(bodyOf(one));
  if (one.deliveries.length === 0)
    return out.note(
      '\nNo deliveries: a connection takes only events that come while it exists and that its filter lets through.',
    );
  out.line('');
  out.table(one.deliveries.map((made) => deliveryRow(out, made, destinationName)));
}

function targetOf({ method, path, query }: z.output<typeof summary>): string {
  return clean(`${method} ${path || '/'}${query && `?${query}`}`);
}

/** Printed unchanged: JSON that is parsed and printed again loses digits. */
function bodyOf({ body, body_encoding, id }: Event): string {
  if (body === null) return '(its body has expired)';
  return body_encoding === 'base64' ? `(binary: hawser events get ${id} --body)` : cleanText(body);
}
