import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { newRunner, writeFunction } from './functions.fixture.ts';
import type { LambdaRunner } from './runner.ts';

let folder: string;
let runner: LambdaRunner;
let functionArn: string;

/**
 * Has only one environment until the file `more` exists. Records what it has begun. An invocation that names a file doesn't end
 * until that file exists.
 */
const SOURCE = `
  import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
  import { setTimeout } from 'node:timers/promises';
  const { FOLDER } = process.env;
  const isFirst = !existsSync(FOLDER + '/first');
  writeFileSync(FOLDER + '/first', '');
  while (!isFirst && !existsSync(FOLDER + '/more')) await setTimeout(2);
  export const handler = async ({ name, gate }) => {
    appendFileSync(FOLDER + '/begun', name + ' ');
    while (gate && !existsSync(FOLDER + '/' + gate)) await setTimeout(2);
  };`;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hawser-waiting-'));
  runner = newRunner();
  const spec = writeFunction(folder, { source: SOURCE, spec: { environment: { FOLDER: folder }, timeoutMs: 60_000 } });
  functionArn = spec.arn;
  runner.ensureFunction(spec);
  await runner.warm();
});

afterEach(async () => {
  await runner.close();
  rmSync(folder, { recursive: true });
});

const LARGE = 'x'.repeat(5_000_000);

const invoke = (name: string, more: { gate?: string; padding?: string } = {}, signal?: AbortSignal) =>
  runner.invoke(functionArn, JSON.stringify({ name, ...more }), signal);

const begun = () => (existsSync(join(folder, 'begun')) ? readFileSync(join(folder, 'begun'), 'utf8') : '');
const open = (gate: string) => writeFileSync(join(folder, gate), '');

/** A large invocation runs until its gate is opened. Another one waits, because there is no room for it beside the first. */
async function withLargeWaiting() {
  const running = invoke('large-1', { gate: 'gate', padding: LARGE });
  await vi.waitUntil(() => begun() !== '', { timeout: 15_000 });
  return [running, invoke('large-2', { padding: LARGE })];
}

test('a small invocation overtakes a large one that has no room', async () => {
  const large = await withLargeWaiting();
  expect(await invoke('small')).toMatchObject({ ok: true });
  expect(begun()).toBe('large-1 small ');
  open('gate');
  expect(await Promise.all(large)).toMatchObject([{ ok: true }, { ok: true }]);
});

test('a large invocation is overtaken by at most 64 small ones', async () => {
  const large = await withLargeWaiting();
  for (let count = 0; count < 64; count++) await invoke('s');
  const last = invoke('last');
  open('gate');
  await Promise.all([...large, last]);
  expect(begun()).toBe(`large-1 ${'s '.repeat(64)}large-2 last `);
});

test('large invocations start in order of arrival', async () => {
  const large = await withLargeWaiting();
  const third = invoke('large-3', { padding: LARGE });
  open('gate');
  await Promise.all([...large, third]);
  expect(begun()).toBe('large-1 large-2 large-3 ');
});

test("a client's invocation is throttled while 96 MiB of large ones wait", async () => {
  const large = await withLargeWaiting();
  const payload = JSON.stringify({ name: 'l', padding: LARGE });
  const clients = new AbortController();
  const waiting = Array.from({ length: 20 }, () => runner.invoke(functionArn, payload, clients.signal));
  expect(await runner.invoke(functionArn, payload, clients.signal)).toMatchObject({
    ok: false,
    errorType: 'TooManyRequestsException',
    errorMessage: 'Rate Exceeded.',
    refused: true,
  });
  clients.abort();
  expect(await Promise.all(waiting)).toMatchObject(waiting.map(() => ({ ok: false, refused: true })));
  const next = runner.invoke(functionArn, payload, new AbortController().signal);
  open('gate');
  expect(await Promise.all([...large, next])).toMatchObject([{ ok: true }, { ok: true }, { ok: true }]);
});

test('a small invocation may wait even if large ones have filled their share', async () => {
  const large = await withLargeWaiting();
  for (let count = 0; count < 64; count++) await invoke('s');
  const payload = JSON.stringify({ name: 'l', padding: LARGE });
  const { signal } = new AbortController();
  const waiting = Array.from({ length: 20 }, () => runner.invoke(functionArn, payload, signal));
  expect(await runner.invoke(functionArn, payload, signal)).toMatchObject({ refused: true });
  const last = invoke('last', {}, signal);
  open('gate');
  expect(await last).toMatchObject({ ok: true });
  await Promise.all([...large, ...waiting]);
});

test('a batch, which no client waits for, is never throttled', async () => {
  const large = await withLargeWaiting();
  const payload = JSON.stringify({ name: 'l', padding: LARGE });
  const waiting = Array.from({ length: 21 }, () => runner.invoke(functionArn, payload));
  open('gate');
  const results = await Promise.all([...large, ...waiting]);
  expect(results.filter(({ ok }) => !ok)).toEqual([]);
});
