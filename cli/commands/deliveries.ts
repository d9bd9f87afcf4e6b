import type { Command } from 'commander';
import * as z from 'zod';
import type { Api } from '../api.ts';
import { addCommand, addGroup, choice, type Invocation } from '../command.ts';
import { type ListOptions, showList, withLimit } from '../lists.ts';
import { clean, type Output, type Row } from '../output.ts';
import { type NameOf, nameAndId, namesOf, parseId, resolvedId } from '../resolve.ts';
import { cell } from '../table.ts';
import { attempt, showAttempt } from './attempts.ts';
import { withTimes } from './times.ts';

export const delivery = z.looseObject({
  id: z.string(),
  event_id: z.string(),
  destination_id: z.string(),
  status: z.string(),
  reason: z.string().nullable(),
  reason_message: z.string().nullable(),
  attempt_count: z.number(),
  status_code: z.number().nullable(),
  error_code: z.string().nullable(),
  last_attempt_at: z.string().nullable(),
  next_attempt_at: z.string().nullable(),
  created_at: z.string(),
});
export type Delivery = z.output<typeof delivery>;

const withAttempts = delivery.extend({ attempts: z.array(attempt) });

const STATUSES = ['pending', 'retrying', 'held', 'succeeded', 'dead', 'cancelled'] as const;

interface Filters {
  readonly destination?: string;
  readonly event?: string;
  readonly status?: string;
  readonly since?: string;
  readonly until?: string;
}

export function addDeliveries(root: Command): void {
  const group = addGroup(root, 'deliveries', 'What became of events, destination by destination');
  addCommand<ListOptions & Filters>(group, {
    usage: 'list',
    summary: 'List deliveries, newest first',
    examples: [
      'deliveries list --status dead',
      'deliveries list --destination backend --since 1h',
      'deliveries list --event evt_…',
    ],
    options: (command) =>
      withTimes(withLimit(command))
        .option('--destination <id-or-name>', 'only those to this destination')
        .option('--event <id>', 'only those of this event')
        .addOption(choice('--status <status>', 'only those with this status', STATUSES)),
    run: listDeliveries,
  });
  addCommand<object>(group, {
    usage: 'get <id>',
    summary: 'Show a delivery and its attempts',
    examples: ['deliveries get dlv_…', 'deliveries get dlv_… --json'],
    run: get,
  });
  addCommand<object>(group, {
    usage: 'retry <id>',
    summary: 'Send a delivery now, whatever its status',
    examples: ['deliveries retry dlv_…'],
    run: (invocation) => act(invocation, 'retry'),
  });
  addCommand<object>(group, {
    usage: 'cancel <id>',
    summary: 'Cancel a delivery that has not ended',
    examples: ['deliveries cancel dlv_…'],
    run: (invocation) => act(invocation, 'cancel'),
  });
}

const ON_LISTED =
  'A delivery is listed once its first attempt has ended; after its destination is deleted, only with --event or --destination.';

async function listDeliveries(invocation: Invocation<ListOptions & Filters>): Promise<void> {
  const { destination, event, status, since, until } = invocation.options;
  const event_id = event === undefined ? undefined : parseId('evt', event);
  const destination_id = await resolvedId(await invocation.api(), 'destination', destination);
  await showList(invocation, {
    path: '/v1/deliveries',
    plural: 'deliveries',
    item: delivery,
    query: { destination_id, event_id, status, since, until },
    ifNone: `No deliveries. ${ON_LISTED}`,
    ifNoneFits: ON_LISTED,
    named: [{ kind: 'destination', idIn: ({ destination_id }) => destination_id }],
    row: (one, { out }, nameOf) => deliveryRow(out, one, nameOf),
  });
}

async function get(invocation: Invocation<object>): Promise<void> {
  const { args, out } = invocation;
  const id = parseId('dlv', args[0]);
  const api = await invocation.api();
  const response = await api.get(`/v1/deliveries/${id}`);
  if (out.json) return out.document(response);
  const one = withAttempts.parse(response);
  await show(out, api, one);
  if (one.status === 'held')
    out.note(`Its destination is holding it: hawser destinations get ${one.destination_id} shows why`);
  for (const made of one.attempts) showAttempt(out, made);
}

async function act(invocation: Invocation<object>, action: 'retry' | 'cancel'): Promise<void> {
  const { args, out } = invocation;
  const id = parseId('dlv', args[0]);
  const api = await invocation.api();
  const response = await api.post(`/v1/deliveries/${id}/${action}`);
  if (out.json) return out.document(response);
  const one = delivery.parse(response);
  await show(out, api, one);
  // This happens only after a retry. It stays held until its attempt is made, which its destination may not allow yet.
  if (one.status === 'held') {
    out.note(
      `Not sent yet: its destination holds it, and it is sent once the destination takes deliveries. hawser destinations get ${one.destination_id} shows why`,
    );
  }
}

async function show(out: Output, api: Api, one: Delivery): Promise<void> {
  const nameOf = await namesOf(api, 'destination', [one.destination_id]);
  out.fields({
    id: one.id,
    event: one.event_id,
    destination: nameAndId(one.destination_id, nameOf),
    status: styledStatus(out, one.status),
    reason: one.reason === null ? undefined : clean(one.reason_message ?? one.reason),
    attempts: String(one.attempt_count),
    'next attempt': one.next_attempt_at ?? undefined,
    accepted: one.created_at,
  });
}

export function deliveryRow(out: Output, one: Delivery, nameOf: NameOf): Row {
  return {
    accepted: cell.time(one.created_at),
    id: one.id,
    destination: cell.text(nameOf(one.destination_id)),
    status: styledStatus(out, one.status),
    attempts: cell.detail(String(one.attempt_count)),
    result: cell.text(clean(one.status_code ?? one.error_code)),
  };
}

function styledStatus(out: Output, status: string): string {
  if (status === 'succeeded') return out.styled('green', status);
  return ['dead', 'cancelled'].includes(status) ? out.styled('red', status) : out.styled('yellow', clean(status));
}
