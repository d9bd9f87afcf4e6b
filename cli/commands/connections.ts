import type { Command } from 'commander';
import * as z from 'zod';
import { addCommand, addGroup, type Invocation } from '../command.ts';
import { usageFailure } from '../failure.ts';
import { confirm, mergeFields, readData, readObject, readText, refuseStdinTwice, withData, withYes } from '../input.ts';
import { type ListOptions, showList, withLimit } from '../lists.ts';
import { clean, cleanText } from '../output.ts';
import { nameAndId, namesOf, parseId, resolve, resolvedId } from '../resolve.ts';
import { cell } from '../table.ts';

const connection = z.looseObject({
  id: z.string(),
  source_id: z.string(),
  destination_id: z.string(),
  name: z.string().nullable(),
  description: z.string().nullable(),
  filter: z.record(z.string(), z.unknown()).nullable(),
  transform: z.string().nullable(),
  created_at: z.string(),
});

interface Settings {
  readonly data?: string;
  readonly name?: string;
  readonly filter?: string;
  readonly transform?: string;
}

interface Ends {
  readonly source?: string;
  readonly destination?: string;
}

export function addConnections(root: Command): void {
  const group = addGroup(root, 'connections', 'Which source goes to which destination: filters and transforms');
  addCommand<ListOptions & Ends>(group, {
    usage: 'list',
    summary: 'List connections, newest first',
    examples: ['connections list', 'connections list --source github'],
    options: (command) =>
      withLimit(command)
        .option('--source <id-or-name>', 'only those of this source')
        .option('--destination <id-or-name>', 'only those of this destination'),
    run: list,
  });
  addCommand<object>(group, {
    usage: 'get <id>',
    summary: 'Show a connection, with its filter and its transform',
    examples: ['connections get con_…'],
    run: async (invocation) => {
      const path = pathOf(invocation);
      await show(invocation, await (await invocation.api()).get(path));
    },
  });
  addCommand<Settings>(group, {
    usage: 'create <from> <to>',
    summary: 'Connect a source to a destination, for new events',
    examples: ['connections create github backend', `connections create github build --filter '{"event_type":"push"}'`],
    options: withSettings,
    run: async (invocation) => {
      const [source = '', destination = ''] = invocation.args;
      const settings = await settingsIn(invocation.options);
      const api = await invocation.api();
      const [{ id: source_id }, { id: destination_id }] = await Promise.all([
        resolve(api, 'source', source),
        resolve(api, 'destination', destination),
      ]);
      const ends = [
        { field: 'source_id', by: 'the argument <from>', value: source_id },
        { field: 'destination_id', by: 'the argument <to>', value: destination_id },
      ];
      await show(invocation, await api.post('/v1/connections', mergeFields(ends, settings)));
    },
  });
  addCommand<Settings>(group, {
    usage: 'update <id>',
    summary: 'Change a connection: fields that are left out keep their values. Its ends never change',
    examples: [
      'connections update con_… --filter @filter.json',
      'connections update con_… --transform @transform.js',
      `connections update con_… --data '{"filter":null,"transform":null}'`,
    ],
    options: withSettings,
    run: async (invocation) => {
      const path = pathOf(invocation);
      const settings = await settingsIn(invocation.options);
      await show(invocation, await (await invocation.api()).patch(path, settings));
    },
  });
  addCommand<{ yes?: boolean }>(group, {
    usage: 'delete <id>',
    summary: 'Delete a connection: new events no longer use it, and its existing deliveries continue',
    examples: ['connections delete con_… --yes'],
    options: withYes,
    run: async (invocation) => {
      const { args, out, options } = invocation;
      const path = pathOf(invocation);
      await confirm(`Delete the connection ${args[0]}?`, options);
      const response = await (await invocation.api()).delete(path);
      if (out.json) return out.document(response);
      out.line(`${args[0]} is deleted.`);
    },
  });
}

function withSettings(command: Command): Command {
  return withData(command)
    .option('--name <name>', 'its name')
    .option('--filter <json>', 'only events that match this filter (docs/filters.md): JSON, @file, or - for stdin')
    .option(
      '--transform <code>',
      'a program that makes what is sent (docs/transforms.md): code, @file, or - for stdin',
    );
}

async function settingsIn(options: Settings): Promise<Record<string, unknown>> {
  const { data, name, filter, transform } = options;
  refuseStdinTwice({ '--data': data, '--filter': filter, '--transform': transform });
  const parsed = filter === undefined ? undefined : await readObject('--filter', filter);
  const code = transform === undefined ? undefined : await readText('--transform', transform);
  const given = [
    { field: 'name', by: '--name', value: name },
    { field: 'filter', by: '--filter', value: parsed },
    { field: 'transform', by: '--transform', value: code },
  ];
  return mergeFields(given, await readData(options));
}

/** Takes no name: most connections have none, and are told apart by their two ends. */
function pathOf({ args }: Invocation<unknown>): string {
  return `/v1/connections/${parseId('con', args[0])}`;
}

async function list(invocation: Invocation<ListOptions & Ends>): Promise<void> {
  const { source, destination } = invocation.options;
  if (source !== undefined && destination !== undefined) {
    throw usageFailure(
      '--source cannot be used with --destination',
      'at most one connection has both ends: use one of the two',
    );
  }
  const api = await invocation.api();
  const source_id = await resolvedId(api, 'source', source);
  const destination_id = await resolvedId(api, 'destination', destination);
  await showList(invocation, {
    path: '/v1/connections',
    plural: 'connections',
    item: connection,
    query: { source_id, destination_id },
    ifNone: 'No connections. Make one: hawser connections create github backend',
    named: [
      { kind: 'source', idIn: (one) => one.source_id },
      { kind: 'destination', idIn: (one) => one.destination_id },
    ],
    row: (one, _, nameOf) => ({
      id: one.id,
      source: cell.text(nameOf(one.source_id)),
      destination: cell.text(nameOf(one.destination_id)),
      name: cell.detail(cell.text(clean(one.name))),
      filter: cell.detail(one.filter === null ? '-' : 'yes'),
      transform: cell.detail(one.transform === null ? '-' : 'yes'),
    }),
  });
}

async function show(invocation: Invocation<unknown>, response: unknown): Promise<void> {
  const { out } = invocation;
  if (out.json) return out.document(response);
  const one = connection.parse(response);
  const api = await invocation.api();
  const [sourceName, destinationName] = await Promise.all([
    namesOf(api, 'source', [one.source_id]),
    namesOf(api, 'destination', [one.destination_id]),
  ]);
  out.fields({
    id: one.id,
    name: one.name === null ? undefined : clean(one.name),
    description: one.description === null ? undefined : clean(one.description),
    source: nameAndId(one.source_id, sourceName),
    destination: nameAndId(one.destination_id, destinationName),
    filter: one.filter === null ? 'none: every event' : 'see below',
    transform: one.transform === null ? 'none' : 'see below',
    created: one.created_at,
  });
  for (const [heading, text] of [
    ['Filter', one.filter && JSON.stringify(one.filter, null, 2)],
    ['Transform', one.transform],
  ] as const) {
    if (text === null) continue;
    out.line('');
    out.line(out.styled('bold', heading));
    out.line(cleanText(text).trimEnd());
  }
}
