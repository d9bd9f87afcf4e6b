import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { freePort, temporaryFolder } from '../../local/testing/start-stack.ts';

const local = join(import.meta.dirname, '../../local');
const folder = temporaryFolder('main');
afterAll(() => folder.remove());

/** `npm start` with these arguments and variables. */
function launch(args: string[], variables: Record<string, string> = {}) {
  const child = spawn(process.execPath, [join(local, 'start.js'), ...args], {
    env: { PATH: process.env.PATH, HAWSER_DATA_DIR: folder.path, ...variables },
  });
  const started = { child, output: '' };
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      started.output += text;
    });
  }
  return started;
}

/** To its end. */
async function run(args: string[], variables: Record<string, string> = {}) {
  const started = launch(args, variables);
  const [code] = await once(started.child, 'close');
  return { code, output: started.output };
}

async function printed(started: { child: ChildProcessWithoutNullStreams; output: string }, line: string) {
  while (!started.output.includes(line)) {
    if (started.child.exitCode !== null) throw new Error(`it ended without ${line}:\n${started.output}`);
    await Promise.race([once(started.child.stdout, 'data'), once(started.child, 'close')]);
  }
}

describe('npm start', () => {
  it('without node_modules npm start says to run npm ci, on any Node', async () => {
    const checkout = temporaryFolder('checkout');
    mkdirSync(join(checkout.path, 'local'));
    const start = join(checkout.path, 'local', 'start.js');
    cpSync(join(local, 'start.js'), start);
    writeFileSync(join(checkout.path, 'package.json'), '{"type":"module"}');
    const { status, stdout, stderr } = spawnSync(process.execPath, [start], { encoding: 'utf8' });
    expect([status, stdout, stderr]).toEqual([1, '', 'hawser: what it needs is not installed; run npm ci first\n']);
    checkout.remove();
  });

  it('--help explains the options', async () => {
    const { code, output } = await run(['--help']);
    expect(code).toBe(0);
    expect(output).toContain(
      'HAWSER_PORT      port of API, ingest and dashboard, on 127.0.0.1\n                   default: 4100',
    );
  });

  it('an unknown argument is refused', async () => {
    const { code, output } = await run(['--port=1']);
    expect([code, output.split('\n')[0]]).toEqual([1, 'hawser: unknown argument --port=1']);
  });

  it('an invalid value is refused in one line', async () => {
    const { code, output } = await run([], { HAWSER_PORT: 'http' });
    expect([code, output]).toEqual([1, 'hawser: HAWSER_PORT is "http"; allowed: a port, 1 to 65535\n']);
  });

  it.each(['HAWSER_PORT', 'HAWSER_AWS_PORT'])('a port in use is named, with %s to change it', async (variable) => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = String(typeof address === 'object' ? address?.port : undefined);
    const ports = {
      HAWSER_PORT: String(await freePort()),
      HAWSER_AWS_PORT: String(await freePort()),
      [variable]: port,
    };
    const { code, output } = await run([], ports);
    other.close();
    expect(code).toBe(1);
    expect(output).toContain(`hawser: the port ${port} is in use by another program; set ${variable} to another one\n`);
    expect(output).not.toContain('    at ');
  });

  it('npm start prints the root key only the first time, survives kill -9, and exits with 0 on SIGTERM', async () => {
    const [port, awsPort] = [await freePort(), await freePort()];
    const variables = { HAWSER_PORT: String(port), HAWSER_AWS_PORT: String(awsPort) };
    const ready = `hawser is ready at http://127.0.0.1:${port}\n`;

    const first = launch([], variables);
    await printed(first, ready);
    expect(first.output).toMatch(/root key: [A-Za-z0-9]{48}\n/);
    first.child.kill('SIGKILL');
    await once(first.child, 'close');

    const second = launch([], variables);
    await printed(second, ready);
    expect(second.output).not.toContain('root key');
    second.child.kill('SIGTERM');
    expect(await once(second.child, 'close')).toEqual([0, null]);
  }, 120_000);

  it('SIGTERM while starting exits with 0', async () => {
    const ports = { HAWSER_PORT: String(await freePort()), HAWSER_AWS_PORT: String(await freePort()) };
    const started = launch([], ports);
    await printed(started, 'hawser: starting on the data folder');
    started.child.kill('SIGTERM');
    expect(await once(started.child, 'close')).toEqual([0, null]);
  });
});
