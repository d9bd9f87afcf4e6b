import type { Command } from 'commander';
import * as z from 'zod';
import type { Api } from '../api.ts';
import { addCommand, type Invocation, wholeNumber } from '../command.ts';
import { usageFailure } from '../failure.ts';
import { clean } from '../output.ts';
import { namesOf, parseId, pathOf, resolvedId } from '../resolve.ts';
import { delivery, deliveryRow } from './deliveries.ts';
import { followReplay, showBegun } from './replays.ts';
import { withTimes } from './times.ts';

interface Options {
  readonly destination?: string;
  readonly since?: string;
  readonly until?: string;
  readonly rate?: number;
  readonly deadLetters?: boolean;
  readonly wait?: boolean;
}

const OF_MANY = ['since', 'until', 'rate', 'wait'] as const;

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
        .option('--destination <id-or-name>', 'with an event or dead letters: only to this destination')
        .option('--dead-letters', 'deliveries that have run out of retries')
        .option('--rate <number>', 'for many deliveries: how many per second at most, up to 100', wholeNumber(1, 100))
        .option('--wait', 'for many deliveries: wait until all are queued, and show the progress'),
    run: replay,
  });
}

async function replay(invocation: Invocation<Options>): Promise<void> {
  const { args, options } = invocation;
  const [given = ''] = args;
  if (given === '' && !options.deadLetters) throw usageFailure('say what to send again: an id, or --dead-letters');
  if (given !== '' && options.deadLetters) {
    throw usageFailure(
      `${clean(given)} cannot be used with --dead-letters`,
      'dead letters of one destination: --dead-letters --destination, with its id or name',
    );
  }
  switch (given.slice(0, 4)) {
    case 'evt_':
      refuse(OF_MANY, invocation);
      return replayEvent(invocation, parseId('evt', given));
    case 'dlv_':
      refuse([...OF_MANY, 'destination'], invocation);
      return retry(invocation, parseId('dlv', given));
    case 'src_':
      throw usageFailure(
        `${clean(given)} can't be sent again`,
        'an event (evt_), a delivery (dlv_) or a destination can',
      );
    default:
      if (given !== '') refuse(['destination'], invocation);
      return replayMany(invocation);
  }
}

/** An option that was silently ignored would be believed to apply. */
function refuse(names: readonly (keyof Options)[], { args, options }: Invocation<Options>): void {
  const given = names.find((name) => options[name] !== undefined);
  if (given)
    throw usageFailure(
      `--${given} cannot be used with ${clean(args[0])}`,
      'hawser replay --help says what it can be used with',
    );
}

async function replayEvent(invocation: Invocation<Options>, id: string): Promise<void> {
  const api = await invocation.api();
  const destination_id = await resolvedId(api, 'destination', invocation.options.destination);
  await showDeliveries(invocation, api, await api.post(`/v1/events/${id}/replay`, { destination_id }));
}

async function retry(invocation: Invocation<Options>, id: string): Promise<void> {
  const api = await invocation.api();
  await showDeliveries(invocation, api, { deliveries: [await api.post(`/v1/deliveries/${id}/retry`)] });
}

async function showDeliveries({ out }: Invocation<Options>, api: Api, response: unknown): Promise<void> {
  if (out.json) return out.document(response);
  const { deliveries } = z.looseObject({ deliveries: z.array(delivery) }).parse(response);
  if (deliveries.length === 0) return out.note('Nothing was sent: it is on its way, or no connection lets it through.');
  const ids = deliveries.map(({ destination_id }) => destination_id);
  const nameOf = await namesOf(api, 'destination', ids);
  out.table(deliveries.map((one) => deliveryRow(out, one, nameOf)));
}

async function replayMany(invocation: Invocation<Options>): Promise<void> {
  const { out, options } = invocation;
  const { since, until, rate, deadLetters, wait } = options;
  const api = await invocation.api();
  const many = { since, until, rate_limit_per_second: rate };
  const begun = deadLetters
    ? await api.post('/v1/dead-letters/replay', {
        ...many,
        destination_id: await resolvedId(api, 'destination', options.destination),
      })
    : await api.post(`${await pathOf(api, 'destination', invocation)}/replay`, many);
  if (wait) await followReplay(out, api, begun);
  else showBegun(out, begun);
}
