import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '../../core/ids.ts';
import { Cli } from '../support/cli.ts';
import { answer, type Behaviour, Receiver } from '../support/receiver.ts';
import { CTRL_C, HAS_SCRIPT, LACKS_SCRIPT } from '../support/terminal.ts';

/** Waiting for a replay, of a Hawser that says how far it is, or does not. */

const id = newId('rpl');
const replay = (status: string, replayed: number, more: object = {}) =>
  answer(
    200,
    JSON.stringify({
      ...{ id, status, replayed, reason: null, selection: {}, total: 20, skipped: {} },
      started_at: '2026-11-22T10:00:00.000Z',
      ...more,
    }),
  );
const breakOff: Behaviour = (_, response) => void response.destroy();
const howToFind = `It continues without this command: hawser replays get ${id} --wait follows it, hawser replays cancel ${id} ends it.`;

let hawser: Receiver;
let cli: Cli;
beforeAll(async () => {
  cli = await Cli.create({ HAWSER_API_KEY: 'key' });
});
afterAll(() => cli.dispose());
beforeEach(async () => {
  hawser = await Receiver.start();
});
afterEach(() => hawser.stop());

/** One request after the other. */
function answers(...each: readonly Behaviour[]): void {
  const left = [...each];
  hawser.behave = (...args) => (left.length > 1 ? left.shift() : left[0])?.(...args);
}

const waiting = (...args: readonly string[]) => ['replays', 'get', id, '--wait', '--url', hawser.url, ...args];
const outOfOrder = answer(503, '{"code":"SERVICE_UNAVAILABLE","message":"out of order"}');

describe('hawser replays get --wait', () => {
  it('--wait goes on through an outage, with one note', async () => {
    answers(replay('running', 10), breakOff, outOfOrder, replay('completed', 20));
    const { code, stdout, stderr } = await cli.run(waiting());
    expect([code, stdout]).toEqual([0, `${id} is completed: 20 of 20 queued\n`]);
    expect(stderr.split('\n').filter((line) => line.includes('Trying again'))).toEqual([
      expect.stringMatching(/^http:\S+ can't be reached: .*\. Trying again until it answers\.$/),
    ]);
  });

  it('with --json the note is one line of JSON', async () => {
    answers(replay('running', 10), outOfOrder, replay('completed', 20));
    const { code, stderr } = await cli.run(waiting('--json'));
    expect(code).toBe(0);
    const lines = stderr.trim().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { id, status: 'running' },
      { type: 'note', message: 'out of order. Trying again until it answers.' },
    ]);
  });

  it('control characters are escaped on stderr, also with --json', async () => {
    const hostile = 'turns \u202e around, and clears \u009b2J';
    const refusal = JSON.stringify({ code: 'SERVICE_UNAVAILABLE', message: hostile });
    answers(replay('running', 10, { reason: hostile }), answer(503, refusal), replay('completed', 20));
    const { stderr } = await cli.run(waiting('--json'));
    expect(stderr).not.toMatch(/[\u202e\u009b]/);
    expect(
      stderr
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toMatchObject([
      { id, reason: hostile },
      { type: 'note', message: expect.stringContaining(hostile) },
    ]);
  });

  it('--wait ends on a permanent failure', async () => {
    answers(replay('running', 10), answer(404, '{"code":"RESOURCE_NOT_FOUND","message":"Replay not found"}'));
    const { code, stderr } = await cli.run(waiting());
    expect([code, stderr]).toEqual([4, expect.stringContaining('\nhawser: Replay not found')]);
  });

  it('Ctrl-C ends --wait, which says that the replay goes on', async () => {
    answers(replay('running', 10));
    const one = cli.start(waiting());
    await hawser.until(({ length }) => length === 2);
    expect(await one.stop('SIGINT')).toBeNull();
    expect(one.lines.filter((line) => line === howToFind)).toHaveLength(2);
    expect(one.lines.at(-1)).toBe(howToFind);
  });

  it.skipIf(!HAS_SCRIPT)(`Ctrl-C leaves no half-written line in a terminal${LACKS_SCRIPT}`, async () => {
    answers(replay('running', 10));
    const command = [process.execPath, 'cli/hawser.js', ...waiting()].map((word) => `'${word}'`).join(' ');
    const terminal = spawn('script', ['--quiet', '--return', '--flush', '--command', command, '/dev/null'], {
      env: { ...process.env, HAWSER_API_KEY: 'key', XDG_CONFIG_HOME: cli.configHome },
    });
    const shown = text(terminal.stdout);
    await hawser.until(({ length }) => length === 2);
    terminal.stdin.write(CTRL_C);
    expect((await shown).endsWith(`\r\u001b[K${howToFind}\r\n`)).toBe(true);
  });
});
