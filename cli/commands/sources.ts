import type { Command } from 'commander';
import * as z from 'zod';
import { addCommand, addGroup, type Invocation } from '../command.ts';
import { confirm, mergeFields, readData, withData, withYes } from '../input.ts';
import { type ListOptions, showList, withLimit } from '../lists.ts';
import { clean } from '../output.ts';
import { parseName, pathOf } from '../resolve.ts';
import { cell } from '../table.ts';

const source = z.looseObject({
  id: z.string(),
  name: z.string(),
  description: z.string().nullable(),
  ingest_url: z.string(),
  verification: z.looseObject({ type: z.string() }).nullable(),
  deduplication: z.looseObject({ by: z.string() }).nullable(),
  created_at: z.string(),
});

export function addSources(root: Command): void {
  const group = addGroup(root, 'sources', 'The URLs that webhooks are sent to');
  addCommand<ListOptions & { search?: string }>(group, {
    usage: 'list',
    summary: 'List sources, newest first',
    examples: ['sources list', 'sources list --search git --json'],
    options: (command) => withLimit(command).option('--search <text>', 'only those with this in their name'),
    run: (invocation) =>
      showList(invocation, {
        path: '/v1/sources',
        plural: 'sources',
        item: source,
        query: { search: invocation.options.search },
        ifNone: 'No sources. Make one: hawser sources create github',
        row: ({ id, name, verification, ingest_url }) => ({
          id,
          name: cell.text(clean(name)),
          verification: cell.detail(verification?.type ?? 'none'),
          ingest_url: cell.text(ingest_url),
        }),
      }),
  });
  addCommand<object>(group, {
    usage: 'get <id-or-name>',
    summary: 'Show a source',
    examples: ['sources get github', 'sources get src_…'],
    run: async (invocation) => {
      const api = await invocation.api();
      show(invocation, await api.get(await pathOf(api, 'source', invocation)));
    },
  });
  addCommand<{ data?: string; description?: string }>(group, {
    usage: 'create <name>',
    summary: 'Create a source',
    examples: [
      'sources create github',
      `sources create stripe --data '{"verification":{"type":"stripe","secret":"whsec_…"}}'`,
      'sources create shop --data @source.json',
    ],
    options: (command) => withData(command).option('--description <text>', 'what it is for'),
    run: async (invocation) => {
      const { args, options } = invocation;
      const given = [
        { field: 'name', by: 'the argument <name>', value: parseName('source', args[0]) },
        { field: 'description', by: '--description', value: options.description },
      ];
      const body = mergeFields(given, await readData(options));
      show(invocation, await (await invocation.api()).post('/v1/sources', body));
    },
  });
  addCommand<{ data?: string }>(group, {
    usage: 'update <id-or-name>',
    summary: 'Change a source: fields that are left out keep their values',
    examples: [`sources update src_… --data '{"description":"Pushes"}'`],
    options: withData,
    run: async (invocation) => {
      const body = await readData(invocation.options);
      const api = await invocation.api();
      show(invocation, await api.patch(await pathOf(api, 'source', invocation), body));
    },
  });
  addCommand<{ yes?: boolean }>(group, {
    usage: 'delete <id-or-name>',
    summary: 'Delete a source: its URL answers 404 from then on, and its history stays',
    examples: ['sources delete src_… --yes'],
    options: withYes,
    run: remove,
  });
}

async function remove(invocation: Invocation<{ yes?: boolean }>): Promise<void> {
  const { out, options } = invocation;
  const given = clean(invocation.args[0]);
  await confirm(`Delete the source ${given}?`, options);
  const api = await invocation.api();
  const response = await api.delete(await pathOf(api, 'source', invocation));
  if (out.json) return out.document(response);
  out.line(`${given} is deleted.`);
}

function show({ out }: Invocation<unknown>, response: unknown): void {
  if (out.json) {
    out.document(response);
    return;
  }
  const { id, name, description, ingest_url, verification, deduplication, created_at } = source.parse(response);
  out.fields({
    id,
    name: clean(name),
    description: description === null ? undefined : clean(description),
    'ingest URL': ingest_url,
    verification:
      verification?.type ?? 'none: anyone who knows the URL may send, and types of its events are not known',
    'copies known by': deduplication?.by ?? 'nothing',
    created: created_at,
  });
}
