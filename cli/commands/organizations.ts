import type { Command } from 'commander';
import * as z from 'zod';
import { addCommand, addGroup } from '../command.ts';
import { type ListOptions, showList, withLimit } from '../lists.ts';
import { clean } from '../output.ts';
import { parseName } from '../resolve.ts';
import { cell } from '../table.ts';

const organization = z.looseObject({ id: z.string(), name: z.string(), created_at: z.string() });

export function addOrganizations(root: Command): void {
  const group = addGroup(root, 'organizations', 'Tenants with their own sources and destinations; needs the root key');
  addCommand<ListOptions>(group, {
    usage: 'list',
    summary: 'List organizations, newest first',
    examples: ['organizations list'],
    options: withLimit,
    run: (invocation) =>
      showList(invocation, {
        path: '/v1/organizations',
        plural: 'organizations',
        item: organization,
        ifNone: 'No organizations. Make one: hawser organizations create team-blue',
        row: ({ id, name, created_at }) => ({ id, name: cell.text(clean(name)), created: cell.time(created_at) }),
      }),
  });
  addCommand<object>(group, {
    usage: 'create <name>',
    summary: 'Create an organization, which cannot be deleted. Its name has lower-case letters, digits and hyphens',
    examples: ['organizations create team-blue'],
    run: async (invocation) => {
      const { args, out } = invocation;
      const name = parseName('organization', args[0]);
      const response = await (await invocation.api()).post('/v1/organizations', { name });
      if (out.json) return out.document(response);
      const made = organization.parse(response);
      out.fields({ id: made.id, name: clean(made.name), created: made.created_at });
      out.note(`To act in it, use --organization ${made.name}, or HAWSER_ORGANIZATION`);
    },
  });
}
