import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { examplesText, withCommonOptions } from './command.ts';
import { addCompletion } from './commands/completion.ts';
import { addConnections } from './commands/connections.ts';
import { addDeliveries } from './commands/deliveries.ts';
import { addDestinations } from './commands/destinations.ts';
import { addEvents } from './commands/events.ts';
import { addKeys } from './commands/keys.ts';
import { addListen } from './commands/listen.ts';
import { addLogin } from './commands/login.ts';
import { addOrganizations } from './commands/organizations.ts';
import { addReplay } from './commands/replay.ts';
import { addReplays } from './commands/replays.ts';
import { addSources } from './commands/sources.ts';
import { addTrigger } from './commands/trigger.ts';

/**
 * All commands.
 * @param options `silent`: don't show the help if a command is missing
 */
export function program({ silent = false } = {}): Command {
  const root = new Command('hawser')
    .description('The command line of Hawser: brings webhooks of your own gateway to your machine.')
    .version(version(), '--version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command...]', 'print help')
    // Options after a command belong to that command, which knows which of them take a value.
    .enablePositionalOptions()
    .showSuggestionAfterError()
    .exitOverride()
    // Errors are printed by whoever runs the program, like all other failures.
    .configureOutput({ outputError: () => {}, ...(silent && { writeErr: () => {} }) })
    .addHelpText(
      'after',
      examplesText([
        'login --url https://hooks.example.com',
        'listen --source github --to http://localhost:3000/webhooks',
        'events list --since 15m',
      ]),
    );
  withCommonOptions(root);
  for (const add of [
    addLogin,
    addListen,
    addTrigger,
    addSources,
    addDestinations,
    addConnections,
    addEvents,
    addDeliveries,
    addReplay,
    addReplays,
    addKeys,
    addOrganizations,
    addCompletion,
  ]) {
    add(root);
  }
  return root;
}

function version(): string {
  const file: { version: string } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  return file.version;
}
