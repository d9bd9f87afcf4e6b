import type { Command } from 'commander';
import { addCommand, type Invocation } from '../command.ts';
import { confirm, withYes } from '../input.ts';
import { clean } from '../output.ts';
import { pathOf } from '../resolve.ts';
import { showDestination } from './destination-view.ts';

export function addArchive(group: Command): void {
  addCommand<{ yes?: boolean }>(group, {
    usage: 'archive <id-or-name>',
    summary: 'Archive a destination: it takes no new events, and what is pending or held for it is cancelled',
    examples: ['destinations archive orders --yes'],
    options: withYes,
    run: async (invocation) => {
      // Unarchive brings the destination back, but not what was cancelled.
      const question = `Archive the destination ${clean(invocation.args[0])}, and cancel what is pending or held for it?`;
      await confirm(question, invocation.options);
      await act(invocation, 'archive');
    },
  });
  addCommand<object>(group, {
    usage: 'unarchive <id-or-name>',
    summary: 'Unarchive a destination: it takes events again from now on',
    examples: ['destinations unarchive orders'],
    run: (invocation) => act(invocation, 'unarchive'),
  });
}

async function act(invocation: Invocation<object>, action: 'archive' | 'unarchive'): Promise<void> {
  const api = await invocation.api();
  showDestination(invocation, await api.post(`${await pathOf(api, 'destination', invocation)}/${action}`));
}
