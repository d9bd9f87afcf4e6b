import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type ClientRequest, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ManualClock } from '../clock.ts';
import { newRunner, writeFunction } from '../lambda/functions.fixture.ts';
import type { LambdaRunner } from '../lambda/runner.ts';
import { call } from './client.fixture.ts';
import { RestApiGateway } from './gateway.ts';
import { everythingTo } from './spec.fixture.ts';

let folder: string;
let gateway: RestApiGateway;
let runner: LambdaRunner;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hawser-overload-'));
});

afterEach(async () => {
  await gateway.close(0);
  await runner.close();
  rmSync(folder, { recursive: true });
});

/** Records the paths of the requests that it has begun and ended. It ends none until the file `gate` exists. */
const GATED = `
  import { appendFileSync, existsSync } from 'node:fs';
  import { setTimeout } from 'node:timers/promises';
  const { FOLDER } = process.env;
  export const handler = async ({ path }) => {
    appendFileSync(FOLDER + '/begun', path);
    while (!existsSync(FOLDER + '/gate')) await setTimeout(2);
    appendFileSync(FOLDER + '/ended', path);
    return { statusCode: 200 };
  };`;

/** The gateway in front of a real function that runs one invocation at a time. */
async function serve() {
  const clock = new ManualClock();
  runner = newRunner();
  const environment = { FOLDER: folder };
  const fn = writeFunction(folder, { source: GATED, spec: { environment, maxConcurrency: 1, timeoutMs: 60_000 } });
  runner.ensureFunction(fn);
  const counts = { invoked: 0, settled: 0 };
  const logged: string[] = [];
  gateway = new RestApiGateway({
    clock,
    log: (line) => logged.push(line),
    spec: everythingTo(fn.arn),
    runner: {
      invoke: (functionArn, payload, signal) => {
        counts.invoked += 1;
        return runner.invoke(functionArn, payload, signal).finally(() => {
          counts.settled += 1;
        });
      },
    },
  });
  const server = await gateway.listen(0);
  return { clock, counts, logged, port: (server.address() as AddressInfo).port };
}

const noted = (name: string) => (existsSync(join(folder, name)) ? readFileSync(join(folder, name), 'utf8') : '');
const until = (condition: () => boolean) => vi.waitUntil(condition, { timeout: 15_000 });
const open = () => writeFileSync(join(folder, 'gate'), '');

/** Sends a request. The test may destroy it, as a client that goes away does. */
function send(port: number, path: string): ClientRequest {
  const outgoing = request({ host: '127.0.0.1', port, path, agent: false });
  outgoing.on('error', () => {});
  outgoing.end();
  return outgoing;
}

describe('an invocation that waits for its function', () => {
  it('after a 504 a waiting invocation is not started, and a running one goes on', async () => {
    const { port, clock, counts } = await serve();
    const responses = Promise.all(['/a', '/b', '/c', '/d', '/e', '/f'].map((path) => call(port, 'POST', path)));
    await until(() => counts.invoked === 6 && noted('begun') !== '');
    const first = noted('begun');
    await clock.advance(29_000);
    expect((await responses).map(({ status }) => status)).toEqual([504, 504, 504, 504, 504, 504]);
    open();
    await runner.whenIdle();
    expect([noted('begun'), noted('ended')]).toEqual([first, first]);
  });

  it('once its client is gone a waiting invocation is not started, and a running one goes on', async () => {
    const { port, counts, logged } = await serve();
    const begun = send(port, '/begun');
    await until(() => noted('begun') === '/begun');
    const waiting = send(port, '/waiting');
    await until(() => counts.invoked === 2);
    waiting.destroy();
    await until(() => counts.settled === 1);
    begun.destroy();
    open();
    await runner.whenIdle();
    expect([noted('begun'), noted('ended')]).toEqual(['/begun', '/begun']);
    expect(logged).toEqual([]);
  });
});
