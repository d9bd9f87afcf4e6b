import type { Command } from 'commander';
import * as z from 'zod';
import { addCommand, addGroup, choice } from '../command.ts';
import { confirm, withYes } from '../input.ts';
import { type ListOptions, showList, withLimit } from '../lists.ts';
import { type IdempotencyKeyOptions, postAndShowSecret, withIdempotencyKey } from '../one-time-secret.ts';
import { clean } from '../output.ts';
import { parseFutureTime } from '../parse-time.ts';
import { parseId, parseName } from '../resolve.ts';
import { cell } from '../table.ts';

const key = z.looseObject({
  id: z.string(),
  name: z.string(),
  scope: z.string(),
  key: z.string(),
  last_used_at: z.string().nullable(),
  expires_at: z.string().nullable(),
  created_at: z.string(),
});

export function addKeys(root: Command): void {
  const group = addGroup(root, 'keys', 'API keys of the organization; needs the scope admin');
  addCommand<ListOptions>(group, {
    usage: 'list',
    summary: 'List API keys, newest first',
    examples: ['keys list'],
    options: withLimit,
    run: (invocation) =>
      showList(invocation, {
        path: '/v1/api-keys',
        plural: 'api_keys',
        item: key,
        ifNone: 'No keys. Make one: hawser keys create laptop --scope write',
        row: (one) => ({
          id: one.id,
          name: cell.text(clean(one.name)),
          scope: one.scope,
          key: cell.detail(one.key),
          last_used: cell.detail(cell.time(one.last_used_at ?? 'never')),
          expires: cell.time(one.expires_at ?? 'never'),
        }),
      }),
  });
  addCommand<IdempotencyKeyOptions & { scope: string; expiresAt?: string }>(group, {
    usage: 'create <name>',
    summary: 'Create an API key. It is shown only once, alone on stdout',
    examples: ['keys create laptop --scope write', 'keys create reports --scope read > key.txt'],
    options: (command) =>
      withIdempotencyKey(
        command
          .addOption(choice('--scope <scope>', 'what it may do', ['read', 'write', 'admin']).makeOptionMandatory())
          .option(
            '--expires-at <time>',
            'when it stops working, such as 2027-01-31T10:00:00Z (in UTC without an offset); default: when the key in use does, or never',
            parseFutureTime,
          ),
      ),
    run: async (invocation) => {
      const { args, options, out } = invocation;
      const name = parseName('key', args[0]);
      const body = { name, scope: options.scope, ...(options.expiresAt && { expires_at: options.expiresAt }) };
      await postAndShowSecret(invocation, { path: '/v1/api-keys', body }, (response) => {
        if (out.json) return out.document(response);
        const made = key.parse(response);
        out.note(`${made.id} may ${made.scope}. Keep it, it is shown only now:`);
        out.line(made.key);
      });
    },
  });
  addCommand<{ yes?: boolean }>(group, {
    usage: 'delete <id>',
    summary: 'Revoke an API key, at once',
    examples: ['keys delete key_… --yes'],
    options: withYes,
    run: async (invocation) => {
      const { args, out, options } = invocation;
      const id = parseId('key', args[0]);
      await confirm(`Revoke the key ${id}?`, options);
      const response = await (await invocation.api()).delete(`/v1/api-keys/${id}`);
      if (out.json) return out.document(response);
      out.line(`${id} is revoked.`);
    },
  });
}
