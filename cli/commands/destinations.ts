import type { Command } from 'commander';
import * as z from 'zod';
import type { DestinationTypeName } from '../../core/destination-types/registry.ts';
import { addCommand, addGroup, choice, type Invocation } from '../command.ts';
import { exitCode, Failure, usageFailure } from '../failure.ts';
import { confirm, mergeFields, readData, withData, withYes } from '../input.ts';
import { type ListOptions, showList, withLimit } from '../lists.ts';
import { type IdempotencyKeyOptions, postAndShowSecret, withIdempotencyKey } from '../one-time-secret.ts';
import { clean } from '../output.ts';
import { parseName, pathOf, resolve } from '../resolve.ts';
import { cell } from '../table.ts';
import { attempt, resultOf, showAttempt } from './attempts.ts';
import { addReset, circuitOf } from './circuit.ts';
import { clientsOf } from './clients.ts';
import { addArchive } from './destination-archive.ts';
import { addHealth } from './destination-health.ts';
import { addRotateSecret } from './destination-secret.ts';
import { destination, showDestination, stateOf } from './destination-view.ts';

const testResult = z.looseObject({ succeeded: z.boolean(), attempt });

/** Copied from `destinationTypes`, so that a start does not load the settings of every type. */
export const TYPES = [
  'http',
  'sqs',
  's3',
  'eventbridge',
  'pubsub',
  'kafka',
  'rabbitmq',
  'websocket',
] as const satisfies readonly DestinationTypeName[];

interface CreateOptions extends IdempotencyKeyOptions {
  readonly data?: string;
  readonly source?: string;
  readonly name?: string;
  readonly type?: string;
}

const BOOLEAN = ['true', 'false'];

export function addDestinations(root: Command): void {
  const group = addGroup(root, 'destinations', 'Where events go');
  addCommand<ListOptions & Record<'search' | 'type' | 'enabled' | 'archived', string | undefined>>(group, {
    usage: 'list',
    summary: 'List destinations, newest first',
    examples: ['destinations list', 'destinations list --type http --enabled false'],
    options: (command) =>
      withLimit(command)
        .option('--search <text>', 'only those with this in their name or URL')
        .addOption(choice('--type <type>', 'only those of this type', TYPES))
        .addOption(choice('--enabled <boolean>', 'only those that are (true) or are not (false)', BOOLEAN))
        .addOption(choice('--archived <boolean>', 'only those that are (true) or are not (false)', BOOLEAN)),
    run: (invocation) => {
      const { search, type, enabled, archived } = invocation.options;
      return showList(invocation, {
        path: '/v1/destinations',
        plural: 'destinations',
        item: destination,
        query: { search, type, enabled, archived },
        ifNone: 'No destinations. Make one: hawser destinations create https://… --source github',
        row: (one) => ({
          id: one.id,
          name: cell.text(clean(one.name)),
          type: one.type,
          state: stateOf(one),
          success: cell.detail(one.success_rate === null ? '-' : `${one.success_rate} %`),
          url: cell.text(clean(one.url)),
        }),
      });
    },
  });
  addCommand<object>(group, {
    usage: 'get <id-or-name>',
    summary: 'Show a destination, with the state of its circuit, how much waits in its line, and who listens to it',
    examples: ['destinations get orders', 'destinations get dst_…'],
    run: get,
  });
  addCommand<CreateOptions>(group, {
    usage: 'create [target-url]',
    summary: 'Create a destination, connected to a source with --source. Its signing secret is shown only once',
    examples: [
      'destinations create https://api.example.com/hook --source github',
      `destinations create --type sqs --data @orders-queue.json`,
    ],
    options: (command) =>
      withIdempotencyKey(
        withData(command)
          .option('--source <id-or-name>', 'connect this source to it')
          .option('--name <name>', 'default: the host of its URL')
          .addOption(choice('--type <type>', 'default: http', TYPES)),
      ),
    run: create,
  });
  addCommand<{ data?: string }>(group, {
    usage: 'update <id-or-name>',
    summary: 'Change a destination: fields that are left out keep their values',
    examples: [`destinations update dst_… --data '{"rate_limit":{"limit":10,"period":"second"}}'`],
    options: withData,
    run: async (invocation) => change(invocation, await readData(invocation.options)),
  });
  addCommand<object>(group, {
    usage: 'enable <id-or-name>',
    summary: 'Enable a destination, and send what it holds',
    examples: ['destinations enable orders'],
    run: (invocation) => change(invocation, { enabled: true }),
  });
  addCommand<object>(group, {
    usage: 'disable <id-or-name>',
    summary: 'Disable a destination: its deliveries are held',
    examples: ['destinations disable orders'],
    run: (invocation) => change(invocation, { enabled: false }),
  });
  addArchive(group);
  addReset(group);
  addRotateSecret(group);
  addHealth(group);
  addCommand<{ data?: string }>(group, {
    usage: 'test <id-or-name>',
    summary: 'Send a destination a test webhook now; nothing is stored. Exits with 1 if that fails',
    examples: ['destinations test orders', `destinations test orders --data '{"body":"{}"}'`],
    options: withData,
    run: tryOut,
  });
  addCommand<{ yes?: boolean }>(group, {
    usage: 'delete <id-or-name>',
    summary: 'Delete a destination: what is pending or held for it is cancelled, and its history stays',
    examples: ['destinations delete dst_… --yes'],
    options: withYes,
    run: async (invocation) => {
      const { out, options } = invocation;
      const given = clean(invocation.args[0]);
      await confirm(`Delete the destination ${given}?`, options);
      const api = await invocation.api();
      const response = await api.delete(await pathOf(api, 'destination', invocation));
      if (out.json) return out.document(response);
      out.line(`${given} is deleted.`);
    },
  });
}

async function get(invocation: Invocation<object>): Promise<void> {
  const api = await invocation.api();
  const path = await pathOf(api, 'destination', invocation);
  const response = await api.get(path);
  if (invocation.out.json) return invocation.out.document(response);
  const { type } = destination.parse(response);
  const [circuit, clients] = await Promise.all([
    circuitOf(api, path),
    type === 'websocket' ? clientsOf(api, path) : undefined,
  ]);
  showDestination(invocation, response, { circuit, clients });
}

async function create(invocation: Invocation<CreateOptions>): Promise<void> {
  const { args, options } = invocation;
  const [url] = args;
  const { type } = options;
  if (url === '') throw usageFailure('the URL of a destination must not be empty');
  const name = options.name === undefined ? undefined : parseName('destination', options.name);
  const given = [
    { field: 'url', by: 'the argument [target-url]', value: url },
    { field: 'name', by: '--name', value: name },
    { field: 'type', by: '--type', value: type },
  ];
  const body = mergeFields(given, await readData(options));
  const api = await invocation.api();
  const path =
    options.source === undefined
      ? '/v1/destinations'
      : `/v1/sources/${(await resolve(api, 'source', options.source)).id}/destinations`;
  await postAndShowSecret(invocation, { path, body }, (response) => showDestination(invocation, response));
}

async function change(invocation: Invocation<object>, body: object): Promise<void> {
  const api = await invocation.api();
  showDestination(invocation, await api.patch(await pathOf(api, 'destination', invocation), body));
}

async function tryOut(invocation: Invocation<{ data?: string }>): Promise<void> {
  const { out, options } = invocation;
  const api = await invocation.api();
  const response = await api.post(`${await pathOf(api, 'destination', invocation)}/test`, await readData(options));
  const parsed = testResult.parse(response);
  if (out.json) out.document(response);
  else showAttempt(out, parsed.attempt);
  if (!parsed.succeeded) throw new Failure(exitCode.failed, `the test failed: ${resultOf(parsed.attempt)}`);
}
