import { describe, expect, it } from 'vitest';
import { SandboxHost } from './host.ts';

/** A host whose thread runs this source instead of the sandbox. */
function hostOf(thread: string, timeoutMs = 10_000): SandboxHost {
  const source = `import { parentPort } from 'node:worker_threads'; ${thread}`;
  return new SandboxHost(timeoutMs, new URL(`data:text/javascript,${encodeURIComponent(source)}`));
}

const obedient = `
  let runs = 0;
  parentPort.on('message', ({ code }) => {
    runs++;
    if (code === 'exit') process.exit(1);
    if (code === 'throw') throw new Error('no');
    if (code === 'hang') for (;;);
    if (code === 'wait') return;
    parentPort.postMessage({ kind: 'returned', json: String(runs), logs: [] });
  });
  parentPort.postMessage('ready');`;

const run = (host: SandboxHost, code: string) => host.run({ code, input: undefined });

describe('the sandbox’s thread', () => {
  it('all runs share one thread', async () => {
    const host = hostOf(obedient);
    const answers = await Promise.all(['', '', ''].map((code) => run(host, code)));
    expect(answers).toEqual(['1', '2', '3'].map((json) => ({ kind: 'returned', json, logs: [] })));
  });

  it.each(['exit', 'throw'])('a thread that ended by itself is replaced: %s', async (code) => {
    const host = hostOf(obedient);
    const answers = await Promise.all([run(host, ''), run(host, code), run(host, '')]);
    expect(answers).toMatchObject([
      { kind: 'returned', json: '1' },
      { kind: 'failed', message: expect.stringMatching(/^broke the sandbox that it ran in(: no)?$/) },
      { kind: 'returned', json: '1' },
    ]);
  });

  it.each(['hang', 'wait'])('a terminated thread is replaced: %s', async (code) => {
    const host = hostOf(obedient, 1_000);
    const answers = await Promise.all([run(host, code), run(host, '')]);
    expect(answers).toMatchObject([
      { kind: 'failed', message: 'takes too long: stopped after 1 s' },
      { kind: 'returned', json: '1' },
    ]);
  });

  it('a program with many waiting runs does not keep the thread from other programs', async () => {
    const host = hostOf(obedient, 500);
    const ended: string[] = [];
    const noted = (code: string) => run(host, code).then(() => ended.push(code));
    await Promise.all([noted('wait'), noted('wait'), noted('wait'), noted('')]);
    expect(ended).toEqual(['wait', '', 'wait', 'wait']);
  });

  it('a run does not block the main thread', async () => {
    const host = hostOf(obedient, 1_000);
    let turns = 0;
    const counting = setInterval(() => turns++, 1);
    await run(host, 'hang');
    clearInterval(counting);
    expect(turns).toBeGreaterThan(10);
  });

  it.each([
    ['there is none', 'data:text/javascript,import "../no-such-file"'],
    ['it ends at once', 'data:text/javascript,process.exit(3)'],
  ])('a thread that cannot start rejects every run: %s', async (_, file) => {
    const host = new SandboxHost(10_000, new URL(file));
    await expect(run(host, '')).rejects.toThrow();
    await expect(run(host, '')).rejects.toThrow();
  });
});
