import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from './test-support/start-stack.ts';

const folder = temporaryFolder('main');
afterAll(() => folder.remove());

/** `npm start` with these arguments and variables, to its end. */
async function run(args: string[], variables: Record<string, string> = {}) {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), ...args], {
    env: { PATH: process.env.PATH, HAWSER_DATA_DIR: folder.path, ...variables },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
  const [code] = await once(child, 'close');
  return { code, output };
}

describe('npm start', () => {
  it('explains its options', async () => {
    const { code, output } = await run(['--help']);
    expect(code).toBe(0);
    expect(output).toContain('HAWSER_PORT      port of API and ingest, on 127.0.0.1\n                   default: 4100');
  });

  it('refuses an argument that it does not know', async () => {
    const { code, output } = await run(['--port=1']);
    expect([code, output.split('\n')[0]]).toEqual([1, 'hawser: unknown argument --port=1']);
  });

  it('refuses a wrong value in one line', async () => {
    const { code, output } = await run([], { HAWSER_PORT: 'http' });
    expect([code, output]).toEqual([1, 'hawser: HAWSER_PORT is "http"; allowed: a port, 1 to 65535\n']);
  });

  it.each(['HAWSER_PORT', 'HAWSER_AWS_PORT'])('names the port in use and that %s changes it', async (variable) => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const ports = { HAWSER_PORT: '42007', HAWSER_AWS_PORT: '42008', [variable]: String(port) };
    const { code, output } = await run([], ports);
    other.close();
    expect(code).toBe(1);
    expect(output).toContain(`hawser: the port ${port} is in use by another program; set ${variable} to another one\n`);
    expect(output).not.toContain('    at ');
  });
});
