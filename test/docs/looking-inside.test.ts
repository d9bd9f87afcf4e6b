import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Hawser } from '../support/hawser.ts';
import { TestClient } from '../support/web-socket-clients.ts';
import { examplesOf, sectionOf } from './page.ts';
import { missingOf, Shell } from './shell.ts';

const page = readFileSync(new URL('../../docs/local-engine.md', import.meta.url), 'utf8');
const missing = missingOf(['bash', 'aws']);
const why = missing.length > 0 ? `, skipped because this machine lacks ${missing.join(', ')}` : '';

const commands = examplesOf(sectionOf(page, 'Looking inside')).map(({ command }) => command);
const settings = commands.find((command) => command.startsWith('export AWS_ENDPOINT_URL=')) ?? '';
const forClients = commands.find((command) => command.includes('apigatewaymanagementapi')) ?? '';

/** The command for this machine's version of the CLI, changed as the page says. */
function forThisVersion(command: string): string {
  const { stdout, stderr } = spawnSync('aws', ['--version'], { encoding: 'utf8' });
  if (!/aws-cli\/1\./.test(stdout + stderr)) return command;
  const [, option] = /^# Version 1 of the CLI: without (.*), which/m.exec(command) ?? [];
  if (option === undefined) throw new Error('the page does not say what version 1 of the CLI does not know');
  return command.replace(new RegExp(`^(aws .*) ${option}$`, 'm'), '$1');
}

describe.skipIf(missing.length > 0)(`the commands of docs/local-engine.md for clients${why}`, () => {
  let hawser: Hawser;
  beforeAll(async () => {
    hawser = await Hawser.start();
  });
  afterAll(() => hawser.dispose());

  it('the commands find the connection of a client, show it, send to it and close it', {
    timeout: 120_000,
  }, async () => {
    const { destinations } = await hawser.route('orders', { type: 'websocket' });
    const { id = '' } = destinations[0] ?? {};
    const { body } = await hawser.api<{ url: string }>('POST', `/v1/destinations/${id}/tickets`);
    const client = await TestClient.connect(body.url);
    const shell = new Shell({ 'http://127.0.0.1:4101': hawser.awsUrl });
    Object.assign(shell.variables, {
      HOME: process.env.HOME ?? tmpdir(),
      // Not the settings of the person who runs the tests.
      AWS_CONFIG_FILE: join(tmpdir(), 'hawser-none'),
      AWS_SHARED_CREDENTIALS_FILE: join(tmpdir(), 'hawser-none'),
    });
    const [settingsOnly = ''] = settings.split('\n');
    const { output } = await shell.run(`${settingsOnly}\n${forThisVersion(forClients)}`);
    expect(output).toContain(`${id}\t${shell.variables.CONNECTION}`);
    expect(output).toContain('ConnectedAt');
    expect(await client.next()).toBe('hello');
    await client.closed;
  });
});
