import { spawnSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunningCli } from '../support/cli.ts';
import { eventually } from '../support/hawser.ts';
import { answer, Receiver } from '../support/receiver.ts';
import { CTRL_C, LACKS_SCRIPT } from '../support/terminal.ts';
import { cli, hawser, withStack } from './stack.ts';

/** `hawser listen` with processes around it: an older Node, npx and its shell, a shell that is gone. */

let receiver: Receiver;
let one: RunningCli;

withStack();
beforeEach(async () => {
  receiver = await Receiver.start();
});
afterEach(async () => {
  await one.stopGroup('SIGKILL');
  await receiver.stop();
});

interface Source {
  readonly id: string;
  readonly ingest_url: string;
}

let sources = 0;
/** Connected. */
async function listen(start: (args: readonly string[]) => RunningCli | Promise<RunningCli>): Promise<Source> {
  const { body: source } = await hawser.api<Source & object>('POST', '/v1/sources', { name: `source ${++sources}` });
  one = await start(['listen', '--to', receiver.url, '--source', source.id, '--json']);
  await one.until((line) => line.includes('"type":"connected"'));
  return source;
}

async function send({ ingest_url }: Source): Promise<string> {
  const response = await fetch(ingest_url, { method: 'POST', body: '{}' });
  return ((await response.json()) as { id: string }).id;
}

/** The program has it, and answers 202 when it is told to. */
async function underWay(source: Source): Promise<{ readonly eventId: string; finish(): void }> {
  let finish = () => {};
  receiver.behave = (_, response) => {
    finish = () => response.writeHead(202).end();
  };
  const eventId = await send(source);
  await receiver.until(({ length }) => length === 1);
  return { eventId, finish };
}

const deliveryOf = (eventId: string) =>
  eventually(`${eventId} is delivered`, async () => {
    const { body } = await hawser.api<{ deliveries: { status: string }[] }>('GET', `/v1/events/${eventId}`);
    return body.deliveries.find(({ status }) => status === 'succeeded');
  });

async function expectNothingLeft(): Promise<void> {
  const [ready] = one.documents('ready');
  expect((await hawser.api('GET', `/v1/destinations/${ready?.destination_id}`)).status).toBe(404);
}

describe('hawser listen as the child of an older Node', () => {
  const startByOlderNode = (args: readonly string[]) => cli.startByOlderNode(args);

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s to the parent ends the child', async (signal) => {
    await listen(startByOlderNode);
    expect(await one.stop(signal)).toBe(0);
    await expectNothingLeft();
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s to parent and child counts once', async (signal) => {
    const { eventId, finish } = await underWay(await listen(startByOlderNode));
    const ended = one.stopGroup(signal);
    await one.until((line) => line.includes('Ending: 1 under way'));
    finish();
    expect(await ended).toBe(0);
    expect(await deliveryOf(eventId)).toMatchObject({ status_code: 202, attempt_count: 1 });
    await expectNothingLeft();
  });

  it('the child ends when its parent is killed', async () => {
    await listen(startByOlderNode);
    await one.stop('SIGKILL');
    await expectNothingLeft();
  });
});

const has = (program: string) => spawnSync(program, ['--version']).error === undefined;
const unless = (program: string) => (has(program) ? '' : `, skipped because this machine lacks ${program}`);

/** Debian's `sh` waits for its command; bash, which is `sh` on a Mac, becomes it, so that what npm passes on meets the command itself. */
describe.each(['sh', 'bash'])('hawser listen started by npx through %s', (shell) => {
  const missing = unless('npx') || (shell === 'bash' ? unless('bash') : '');
  describe.skipIf(missing !== '')(`given a signal${missing}`, () => {
    const startByNpx = (args: readonly string[]) => cli.startByNpx(args, shell);

    it.each(['SIGTERM', 'SIGHUP', 'SIGKILL'] as const)('%s to npx alone ends it', async (signal) => {
      await listen(startByNpx);
      await one.stop(signal);
      await expectNothingLeft();
    });

    it.each(['SIGINT', 'SIGTERM'] as const)(
      '%s to the whole group counts once, though npx passes its own on',
      async (signal) => {
        const { eventId, finish } = await underWay(await listen(startByNpx));
        const ended = one.stopGroup(signal);
        await one.until((line) => line.includes('Ending: 1 under way'));
        finish();
        await ended;
        expect(await deliveryOf(eventId)).toMatchObject({ status_code: 202, attempt_count: 1 });
        await expectNothingLeft();
      },
    );
  });

  const missingInTerminal = missing || LACKS_SCRIPT;
  describe.skipIf(missingInTerminal !== '')(`given Ctrl-C in a terminal${missingInTerminal}`, () => {
    const startInTerminal = (args: readonly string[]) => cli.startByNpxInTerminal(args, shell);

    it('a second Ctrl-C leaves nothing behind', async () => {
      await underWay(await listen(startInTerminal));
      one.type(CTRL_C);
      await one.until((line) => line.includes('Ending: 1 under way'));
      // Until npm can have passed that on. Where it takes longer than the program is waited for, it has ended by itself.
      await new Promise((resolve) => setTimeout(resolve, 1_100));
      one.type(CTRL_C);
      await one.ended;
      await expectNothingLeft();
    });

    it('a second Ctrl-C ends it at once and says what is left behind if Hawser does not answer', async () => {
      await listen(startInTerminal);
      process.kill(hawser.pid, 'SIGSTOP');
      try {
        one.type(CTRL_C);
        // After a second, by when npm can have passed that on, and nine before it ends by itself.
        await one.until((line) => line.includes('Waiting up to 10 s for Hawser to delete'));
        one.type(CTRL_C);
        await one.ended;
      } finally {
        process.kill(hawser.pid, 'SIGCONT');
      }
      const [ready] = one.documents('ready');
      // One that has been told once alone would say after ten seconds that Hawser has not answered.
      expect(one.documents('note').at(-1)).toMatchObject({
        message: `its destination is still there: hawser destinations delete ${ready?.destination_id} --yes`,
      });
    });
  });
});

it.skipIf(!has('npx'))(
  `a signal to npx alone ends hawser replay --wait, and the replay goes on${unless('npx')}`,
  async () => {
    const { body: source } = await hawser.api<Source & object>('POST', '/v1/sources', { name: 'missed' });
    await Promise.all(Array.from({ length: 60 }, () => send(source)));
    const path = `/v1/sources/${source.id}/destinations`;
    const { body: late } = await hawser.api<{ id: string }>('POST', path, { url: receiver.url });
    one = cli.startByNpx(['replay', late.id, '--rate', '1', '--wait', '--json'], 'sh');
    await one.until((line) => line.includes('"status":"running"'));
    await one.stop('SIGTERM');
    const { body } = await hawser.api<{ replays: object[] }>('GET', '/v1/replays?status=running');
    expect(body.replays).toHaveLength(1);
  },
);

it.skipIf(!has('npm'))(
  `a signal to npm alone ends hawser listen in a script on an older Node${unless('npm')}`,
  async () => {
    await listen((args) => cli.startByScript(args));
    await one.stop('SIGTERM');
    await expectNothingLeft();
  },
);

it.each(['its shell', 'nothing'] as const)(
  'hawser listen ends with a note when npm is gone and left %s',
  async (left) => {
    const { body: source } = await hawser.api<Source & object>('POST', '/v1/sources', { name: `of none, ${left}` });
    one = cli.startAfterNpm(['listen', '--to', receiver.url, '--source', source.id, '--json'], left);
    await one.ended;
    expect(one.lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line))).toEqual([
      { type: 'note', message: 'npm, which was running this, has ended' },
    ]);
  },
);

it("hawser listen goes on in a terminal opened by an npm script, although the terminal's command line is the script", async () => {
  const source = await listen((args) => cli.startAfterNpm(args, 'a program of its script'));
  receiver.behave = answer(200);
  expect(await deliveryOf(await send(source))).toMatchObject({ status_code: 200 });
});

it.each([
  ['a closed shell', {}],
  ['a closed shell in a terminal opened by an npm script', { npm_lifecycle_event: 'editor' }],
])('hawser listen outlives %s', async (_, environment) => {
  const source = await listen((args) => cli.startByShell(args, environment));
  one.endInput();
  // Longer than it takes to see that a shell of npm is gone.
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  receiver.behave = answer(200);
  expect(await deliveryOf(await send(source))).toMatchObject({ status_code: 200 });
});
