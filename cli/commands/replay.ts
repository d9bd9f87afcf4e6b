import type { Command } from 'commander';
import * as z from 'zod';
import type { Api } from '../api.ts';
import { addCommand, type Invocation, wholeNumber } from '../command.ts';
import { exitCode, Failure, usageFailure } from '../failure.ts';
import { clean } from '../output.ts';
import { givenId, type NameOf, namesOf, pathOf, resolvedId } from '../resolve.ts';
import { delivery, deliveryRow } from './deliveries.ts';
import { withTimes } from './times.ts';

interface Options {
  readonly destination?: string;
  readonly since?: string;
  readonly until?: string;
  readonly rate?: number;
  readonly deadLetters?: boolean;
  readonly wait?: boolean;
}

const job = z.looseObject({
  id: z.string(),
  status: z.string(),
  reason: z.string().nullable(),
  total: z.number().nullable(),
  replayed: z.number(),
  skipped: z.record(z.string(), z.number()),
});
type Job = z.output<typeof job>;

const POLL_MS = 1_000;

export function addReplay(root: Command): void {
  addCommand<Options>(root, {
    usage: 'replay [id-or-name]',
    summary:
      'Send again: an event (evt_…) to all its destinations or to one, a delivery (dlv_…), what a destination (its id or name) has missed, or dead letters',
    examples: [
      'replay evt_…',
      'replay evt_… --destination backend',
      'replay dlv_…',
      'replay backend --since 2h --wait',
      'replay --dead-letters --since 1d --rate 10',
    ],
    options: (command) =>
      withTimes(command)
        .option('--destination <id-or-name>', 'of an event or of dead letters: to this destination alone')
        .option('--dead-letters', 'what has run out of retries')
        .option('--rate <number>', 'of many: how many a second at most', wholeNumber(1, 100))
        .option('--wait', 'of many: until all are sent'),
    run: replay,
  });
}

async function replay(invocation: Invocation<Options>): Promise<void> {
  const { args, options } = invocation;
  const [id = ''] = args;
  if ((id === '') !== (options.deadLetters === true)) {
    throw usageFailure('say what is sent again: an id, or --dead-letters');
  }
  // What is no id has nothing sent, nor asked for.
  if (id.startsWith('evt_')) givenId('evt', id);
  if (id.startsWith('dlv_')) givenId('dlv', id);
  const api = await invocation.api();
  const destination_id = await resolvedId(api, 'destination', options.destination);
  const many = {
    ...(options.since && { since: options.since }),
    ...(options.until && { until: options.until }),
    ...(options.rate && { rate_limit_per_second: options.rate }),
  };
  const one = destination_id === undefined ? {} : { destination_id };
  if (id === '') return followJob(invocation, api, await api.post('/v1/dead-letters/replay', { ...one, ...many }));
  // Before anything is sent: a command that has sent something does not fail for want of a name.
  const names = () => (invocation.out.json ? clean : namesOf(api, 'destination'));
  switch (id.slice(0, 4)) {
    case 'evt_':
      return showDeliveries(invocation, await names(), await api.post(`/v1/events/${id}/replay`, one));
    case 'dlv_':
      return showDeliveries(invocation, await names(), {
        deliveries: [await api.post(`/v1/deliveries/${id}/retry`)],
      });
    case 'src_':
      throw usageFailure(`${clean(id)} can't be sent again`, 'an event (evt_), a delivery (dlv_) or a destination can');
    default:
      return followJob(invocation, api, await api.post(`${await pathOf(api, 'destination', invocation)}/replay`, many));
  }
}

function showDeliveries({ out }: Invocation<Options>, nameOf: NameOf, answer: unknown): void {
  if (out.json) {
    out.document(answer);
    return;
  }
  const { deliveries } = z.looseObject({ deliveries: z.array(delivery) }).parse(answer);
  if (deliveries.length === 0) out.note('Nothing is sent: it is on its way, or no connection lets it through.');
  else out.table(deliveries.map((one) => deliveryRow(out, one, nameOf)));
}

async function followJob({ out, options }: Invocation<Options>, api: Api, begun: unknown): Promise<void> {
  let answer = begun;
  let state = job.parse(answer);
  while (options.wait && state.status === 'running') {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    answer = await api.get(`/v1/replays/${state.id}`);
    state = job.parse(answer);
  }
  if (out.json) out.document(answer);
  else out.line(progressOf(state));
  if (state.status === 'failed') throw new Failure(exitCode.failed, `the replay has failed: ${clean(state.reason)}`);
}

function progressOf({ id, status, replayed, total, skipped }: Job): string {
  const others = Object.entries(skipped).filter(([, count]) => count > 0);
  const left = others.map(([why, count]) => `, ${count} skipped (${clean(why)})`).join('');
  return `${id} is ${clean(status)}: ${replayed}${total === null ? '' : ` of ${total}`} sent${left}`;
}
