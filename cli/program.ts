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
 * Every command there is.
 * @param options `silent`: where a command is missing, its help is not shown
 */
export function program({ silent = false } = {}): Command {
  const root = new Command('hawser')
    .description('The command line of Hawser: webhooks of your own gateway, on your machine too.')
    .version(version(), '--version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command...]', 'print help')
    // What stands behind a command is the command's, which knows what is the value of another option.
    .enablePositionalOptions()
    .showSuggestionAfterError()
    .exitOverride()
    // What is wrong is said by whoever runs it, as every other failure is.
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
