import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ManualClock } from '../clock.ts';
import { type InvokeResult, MAX_RESPONSE_PAYLOAD_BYTES } from './function-spec.ts';
import { newRunner, writeFunction } from './functions.fixture.ts';
import type { LambdaRunner, LambdaRunnerOptions } from './runner.ts';

let folder: string;
let runner: LambdaRunner;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hawser-lambda-'));
});

afterEach(async () => {
  await runner.close();
  rmSync(folder, { recursive: true });
});

function startRunner(options: Partial<LambdaRunnerOptions> = {}): LambdaRunner {
  runner = newRunner(options);
  return runner;
}

/** Runs `source` as a function once with `event`, and parses what it returned. */
async function invoke(
  source: string,
  event: unknown = {},
  options: Partial<LambdaRunnerOptions> = {},
): Promise<unknown> {
  startRunner(options);
  const spec = writeFunction(folder, { source });
  runner.ensureFunction(spec);
  const result = await runner.invoke(spec.arn, JSON.stringify(event));
  return result.ok ? JSON.parse(result.payload) : result;
}

describe('what a handler sees', () => {
  test('a handler gets the parsed event, and its return value is the payload', async () => {
    expect(await invoke(`export const handler = async (event) => ({ echoed: event });`, { a: [1, 'ü'] })).toEqual({
      echoed: { a: [1, 'ü'] },
    });
  });

  test('a handler that returns nothing has the payload null', async () => {
    expect(await invoke(`export const handler = async () => {};`)).toBe(null);
  });

  test('the context has the function, the request and the remaining time', async () => {
    const context = await invoke(`export const handler = async (event, context) =>
      ({ ...context, left: context.getRemainingTimeInMillis() });`);
    expect(context).toEqual({
      functionName: 'probe',
      functionVersion: '$LATEST',
      invokedFunctionArn: 'arn:aws:lambda:eu-west-1:000000000000:function:probe',
      memoryLimitInMB: '128',
      awsRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      logGroupName: '/aws/lambda/probe',
      logStreamName: expect.stringMatching(/^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/),
      callbackWaitsForEmptyEventLoop: true,
      left: expect.any(Number),
    });
  });

  test('a service-specific endpoint also leads to the local one, with its path', async () => {
    startRunner();
    const source = `export const handler = async () => ({ ...process.env });`;
    const environment = {
      AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI: 'https://api1.execute-api.eu-west-1.amazonaws.com/live',
      AWS_ENDPOINT_URL_SQS: 'https://sqs.eu-west-1.amazonaws.com',
    };
    const spec = writeFunction(folder, { source, spec: { environment } });
    runner.ensureFunction(spec);
    const result = await runner.invoke(spec.arn, '{}');
    expect(result.ok && JSON.parse(result.payload)).toMatchObject({
      AWS_ENDPOINT_URL: 'http://127.0.0.1:4101',
      AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI: 'http://127.0.0.1:4101/live',
      AWS_ENDPOINT_URL_SQS: 'http://127.0.0.1:4101',
    });
  });

  test('the environment has the function’s own variables and Lambda’s, and none of the host’s', async () => {
    process.env.HAWSER_TEST_SECRET = 'of the host';
    const source = `export const handler = async () => ({ ...process.env });`;
    const environment = await invoke(source, {}, { compileCacheDirectory: join(folder, 'cache') });
    delete process.env.HAWSER_TEST_SECRET;
    expect(environment).toMatchObject({
      GREETING: 'hello',
      AWS_REGION: 'eu-west-1',
      AWS_LAMBDA_FUNCTION_NAME: 'probe',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '128',
      AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
      AWS_ENDPOINT_URL: 'http://127.0.0.1:4101',
      _HANDLER: 'index.handler',
      TZ: ':UTC',
    });
    expect(environment).not.toHaveProperty('HAWSER_TEST_SECRET');
    expect(environment).not.toHaveProperty('HOME');
    expect(environment).not.toHaveProperty('NODE_COMPILE_CACHE');
  });

  test('NODE_OPTIONS in the environment is honoured', async () => {
    startRunner();
    const source = `export const handler = async () => process.sourceMapsEnabled;`;
    const spec = writeFunction(folder, { source, spec: { environment: { NODE_OPTIONS: '--enable-source-maps' } } });
    runner.ensureFunction(spec);
    expect(await runner.invoke(spec.arn, '{}')).toMatchObject({ payload: 'true' });
  });

  test('module state survives from one invocation to the next', async () => {
    startRunner();
    const spec = writeFunction(folder, { source: `let n = 0; export const handler = async () => ++n;` });
    runner.ensureFunction(spec);
    expect(await runner.invoke(spec.arn, '{}')).toMatchObject({ ok: true, payload: '1' });
    expect(await runner.invoke(spec.arn, '{}')).toMatchObject({ ok: true, payload: '2' });
  });

  test('under a manual clock, Date shows that clock’s time', async () => {
    const clock = new ManualClock(Date.UTC(2031, 4, 6));
    expect(
      await invoke(
        `export const handler = async (event, context) => ({
          iso: new Date().toISOString(), now: Date.now(), given: new Date(0).getTime(), isDate: new Date() instanceof Date,
          text: Date(), left: context.getRemainingTimeInMillis() });`,
        {},
        { clock },
      ),
    ).toEqual({
      iso: '2031-05-06T00:00:00.000Z',
      now: clock.nowMs(),
      given: 0,
      isDate: true,
      text: expect.stringContaining('2031'),
      left: 3_000,
    });
  });
});

describe('failures of a function', () => {
  test('a thrown error is reported with its name, message and stack', async () => {
    expect(await invoke(`export const handler = async () => { throw new RangeError('out of reach'); };`)).toMatchObject(
      {
        ok: false,
        errorType: 'RangeError',
        errorMessage: 'out of reach',
        stack: expect.arrayContaining(['RangeError: out of reach']),
      },
    );
  });

  test('an environment survives a thrown error', async () => {
    startRunner();
    const source = `let n = 0; export const handler = async () => { if (++n === 1) throw new Error('once'); return n; };`;
    const spec = writeFunction(folder, { source });
    runner.ensureFunction(spec);
    expect(await runner.invoke(spec.arn, '{}')).toMatchObject({ ok: false, errorMessage: 'once' });
    expect(await runner.invoke(spec.arn, '{}')).toMatchObject({ ok: true, payload: '2' });
  });

  test('a function that exits reports an ExitError, and the next invocation has a new environment', async () => {
    startRunner();
    const source = `let n = 0; export const handler = async (event) => { if (event.exit !== undefined) process.exit(event.exit); return ++n; };`;
    const spec = writeFunction(folder, { source });
    runner.ensureFunction(spec);
    expect(await runner.invoke(spec.arn, '{}')).toMatchObject({ payload: '1' });
    expect(await runner.invoke(spec.arn, '{"exit":3}')).toMatchObject({
      errorType: 'Runtime.ExitError',
      errorMessage: expect.stringMatching(/^RequestId: \S+ Error: Runtime exited with error: exit status 3$/),
    });
    expect(await runner.invoke(spec.arn, '{"exit":0}')).toMatchObject({
      errorType: 'Runtime.ExitError',
      errorMessage: expect.stringMatching(/^RequestId: \S+ Error: Runtime exited without providing a reason$/),
    });
    expect(await runner.invoke(spec.arn, '{}')).toMatchObject({ payload: '1' });
  });

  test('an unhandled rejection ends the environment with the runtime’s own error type', async () => {
    const source = `export const handler = () => { Promise.reject(new Error('adrift')); return new Promise(() => {}); };`;
    expect(await invoke(source)).toMatchObject({
      ok: false,
      errorType: 'Runtime.UnhandledPromiseRejection',
      errorMessage: 'Error: adrift',
    });
  });

  test('a function that exceeds its memory is killed, and no other', async () => {
    startRunner();
    const source = `export const handler = async (event) => {
      const all = [];
      while (event.greedy) all.push(await new Array(1000).fill(all.length));
      return 'modest';
    };`;
    const spec = writeFunction(folder, { source, spec: { memoryMb: 32, timeoutMs: 60_000 } });
    runner.ensureFunction(spec);
    expect(await runner.invoke(spec.arn, '{"greedy":true}')).toMatchObject({
      errorType: 'Runtime.ExitError',
      errorMessage: expect.stringMatching(/signal: killed$/),
    });
    expect(await runner.invoke(spec.arn, '{}')).toMatchObject({ payload: '"modest"' });
  });

  test('a missing handler, a missing import and a top-level error are reported as on Lambda', async () => {
    startRunner();
    const failures = {
      'Runtime.HandlerNotFound': `export const other = 1;`,
      'Runtime.ImportModuleError': `import './nowhere.mjs'; export const handler = async () => 1;`,
      TypeError: `undefined.boom; export const handler = async () => 1;`,
    };
    for (const [errorType, source] of Object.entries(failures)) {
      const spec = writeFunction(folder, { source, spec: { name: errorType.replace('.', '-') } });
      runner.ensureFunction(spec);
      expect(await runner.invoke(spec.arn, '{}')).toMatchObject({ ok: false, errorType });
    }
  });

  test('a function that exceeds its timeout, even in an endless loop, is ended with Lambda’s message', async () => {
    const clock = new ManualClock();
    startRunner({ clock, logDirectory: join(folder, 'logs') });
    const source = `export const handler = async (event) => { console.log('started'); for (;event.endless;); return 'done'; };`;
    const spec = writeFunction(folder, { source });
    runner.ensureFunction(spec);
    expect(await runner.invoke(spec.arn, '{}')).toMatchObject({ payload: '"done"' });
    const invocation = runner.invoke(spec.arn, '{"endless":true}');
    await clock.advance(2_999);
    await clock.advance(1);
    const result = await invocation;
    expect(result).toMatchObject({
      ok: false,
      errorType: 'Sandbox.Timedout',
      errorMessage: `RequestId: ${result.requestId} Error: Task timed out after 3.00 seconds`,
    });
    expect(readFileSync(join(folder, 'logs', 'probe.log'), 'utf8')).toContain(
      `2026-01-01T00:00:03.000Z ${result.requestId} Task timed out after 3.00 seconds`,
    );
    expect(await runner.invoke(spec.arn, '{}')).toMatchObject({ payload: '"done"' });
  });
});

describe('limits of the payload', () => {
  test('a request over 6,291,456 bytes is refused before the function runs', async () => {
    startRunner();
    const spec = writeFunction(folder, { source: `export const handler = async (event) => event.length;` });
    runner.ensureFunction(spec);
    const largest = JSON.stringify('x'.repeat(6_291_454));
    expect(await runner.invoke(spec.arn, largest)).toMatchObject({ ok: true, payload: '6291454' });
    expect(await runner.invoke(spec.arn, `${largest} `)).toMatchObject({
      ok: false,
      errorType: 'RequestEntityTooLargeException',
      errorMessage: expect.stringContaining('6291457 byte payload is too large'),
    });
  });

  test('a response over 6,291,556 bytes is a function error', async () => {
    const result = await invoke(`export const handler = async () => 'x'.repeat(${MAX_RESPONSE_PAYLOAD_BYTES - 1});`);
    expect(result).toMatchObject({
      ok: false,
      errorType: 'Function.ResponseSizeTooLarge',
      errorMessage: 'Response payload size exceeded maximum allowed payload size (6291556 bytes).',
    });
  });
});

describe('concurrency', () => {
  test('a warmed function has imported its bundle before the first invocation', async () => {
    startRunner();
    const marker = join(folder, 'imported');
    const source = `import { writeFileSync } from 'node:fs';
      writeFileSync(${JSON.stringify(marker)}, '');
      export const handler = async () => 'done';`;
    const spec = writeFunction(folder, { source });
    runner.ensureFunction(spec);
    await runner.warm();
    expect(existsSync(marker)).toBe(true);
    expect(await runner.invoke(spec.arn, '{}')).toMatchObject({ payload: '"done"' });
  });

  test('warming ends even if a bundle cannot be imported', async () => {
    startRunner();
    const spec = writeFunction(folder, { source: `throw new Error('broken');` });
    runner.ensureFunction(spec);
    await runner.warm();
    expect(await runner.invoke(spec.arn, '{}')).toMatchObject({ ok: false, errorMessage: 'broken' });
  });

  /** Counts its environment's invocations, reports that it has started, and waits for the test's permission when told to. */
  const gated = `
    import { existsSync, writeFileSync } from 'node:fs';
    import { setTimeout } from 'node:timers/promises';
    let count = 0;
    export const handler = async (event) => {
      count += 1;
      if (event.started) writeFileSync(event.started, '');
      while (event.gate && !existsSync(event.gate)) await setTimeout(2);
      return count;
    };`;

  /** Resolves when the gated invocations with these files have begun. */
  const begun = (...paths: string[]) =>
    vi.waitUntil(() => paths.every((path) => existsSync(path)), { timeout: 15_000 });

  const payloads = async (invocations: readonly Promise<InvokeResult>[]) =>
    (await Promise.all(invocations)).map((result) => (result.ok ? result.payload : result.errorType));

  test('the pool grows while invocations wait, up to its limit', async () => {
    startRunner({ environmentConcurrency: 1 });
    const spec = writeFunction(folder, { source: gated, spec: { maxConcurrency: 2, timeoutMs: 60_000 } });
    runner.ensureFunction(spec);
    const gate = join(folder, 'gate');
    const started = [0, 1, 2].map((number) => join(folder, `started-${number}`));
    const invocations = started.map((path) => runner.invoke(spec.arn, JSON.stringify({ gate, started: path })));
    await begun(...started.slice(0, 2));
    expect(existsSync(started[2] ?? '')).toBe(false);
    writeFileSync(gate, '');
    expect((await payloads(invocations)).toSorted()).toEqual(['1', '1', '2']);
  });

  test('a full environment leaves further invocations to another', async () => {
    startRunner({ environmentConcurrency: 2 });
    const spec = writeFunction(folder, { source: gated, spec: { timeoutMs: 60_000 } });
    runner.ensureFunction(spec);
    const gate = join(folder, 'gate');
    const started = [0, 1, 2].map((number) => join(folder, `started-${number}`));
    const invocations = started.map((path) => runner.invoke(spec.arn, JSON.stringify({ gate, started: path })));
    await begun(...started);
    writeFileSync(gate, '');
    // Each returns how many its environment has begun: two in the first environment, and the third in one of its own.
    expect((await payloads(invocations)).toSorted()).toEqual(['1', '2', '2']);
  });

  test('payloads that together exceed the limit of one are not in one environment at once', async () => {
    startRunner();
    const spec = writeFunction(folder, { source: gated, spec: { timeoutMs: 60_000 } });
    runner.ensureFunction(spec);
    const gate = join(folder, 'gate');
    const started = [0, 1].map((number) => join(folder, `started-${number}`));
    const large = 'x'.repeat(4_000_000);
    const invocations = started.map((path) => runner.invoke(spec.arn, JSON.stringify({ gate, started: path, large })));
    await begun(...started);
    writeFileSync(gate, '');
    expect(await payloads(invocations)).toEqual(['1', '1']);
  });

  test('an invocation that times out fails alone, and its environment ends when the others are done', async () => {
    const clock = new ManualClock();
    startRunner({ clock });
    const spec = writeFunction(folder, { source: gated });
    runner.ensureFunction(spec);
    const [gate, hanging, waiting, next] = ['gate', 'hanging', 'waiting', 'next'].map((name) => join(folder, name));
    const hung = runner.invoke(spec.arn, JSON.stringify({ gate: join(folder, 'never'), started: hanging }));
    await begun(hanging ?? '');
    await clock.advance(2_000);
    const waited = runner.invoke(spec.arn, JSON.stringify({ gate, started: waiting }));
    await begun(waiting ?? '');
    await clock.advance(1_000);
    expect(await hung).toMatchObject({ ok: false, errorType: 'Sandbox.Timedout' });
    const elsewhere = runner.invoke(spec.arn, JSON.stringify({ gate, started: next }));
    await begun(next ?? '');
    writeFileSync(gate ?? '', '');
    expect(await payloads([waited, elsewhere])).toEqual(['2', '1']);
  });

  test('invocations beside a crash fail with it, each under its own request', async () => {
    startRunner();
    const source = `export const handler = async (event) => {
      if (event.crash) process.exit(3);
      await new Promise(() => {});
    };`;
    const spec = writeFunction(folder, { source });
    runner.ensureFunction(spec);
    const results = await Promise.all(['{}', '{"crash":true}'].map((event) => runner.invoke(spec.arn, event)));
    for (const result of results) {
      expect(result).toMatchObject({
        errorType: 'Runtime.ExitError',
        errorMessage: `RequestId: ${result.requestId} Error: Runtime exited with error: exit status 3`,
      });
    }
  });

  test('waiting invocations are served in order of arrival', async () => {
    startRunner();
    const spec = writeFunction(folder, { source: gated, spec: { maxConcurrency: 1 } });
    runner.ensureFunction(spec);
    const results = await Promise.all([1, 2, 3].map(() => runner.invoke(spec.arn, '{}')));
    expect(results).toMatchObject([{ payload: '1' }, { payload: '2' }, { payload: '3' }]);
  });

  test('an idle environment is ended after five minutes', async () => {
    const clock = new ManualClock();
    startRunner({ clock });
    const spec = writeFunction(folder, { source: gated });
    runner.ensureFunction(spec);
    expect(await runner.invoke(spec.arn, '{}')).toMatchObject({ payload: '1' });
    await clock.advance(299_999);
    expect(await runner.invoke(spec.arn, '{}')).toMatchObject({ payload: '2' });
    await clock.advance(300_000);
    expect(await runner.invoke(spec.arn, '{}')).toMatchObject({ payload: '1' });
  });

  test('an idle environment is ended in its time although the clock of the machine was far ahead', async () => {
    const clock = new ManualClock();
    startRunner({ clock });
    const spec = writeFunction(folder, { source: gated });
    runner.ensureFunction(spec);
    const thirtyDaysMs = 30 * 24 * 3_600_000;
    clock.set(thirtyDaysMs);
    expect(await runner.invoke(spec.arn, '{}')).toMatchObject({ payload: '1' });
    clock.set(-thirtyDaysMs);
    await clock.advance(300_000);
    expect(await runner.invoke(spec.arn, '{}')).toMatchObject({ payload: '1' });
  });

  test('closing ends hanging invocations and refuses later ones', async () => {
    startRunner({ closeGraceMs: 1 });
    const spec = writeFunction(folder, { source: gated });
    runner.ensureFunction(spec);
    await runner.invoke(spec.arn, '{}');
    const hanging = runner.invoke(spec.arn, JSON.stringify({ gate: join(folder, 'never') }));
    await runner.close();
    expect(await hanging).toMatchObject({ ok: false, errorType: 'Runtime.ExitError' });
    expect(await runner.invoke(spec.arn, '{}')).toMatchObject({ ok: false, errorType: 'ServiceUnavailableException' });
  });

  test('a function that is deployed again runs the new code', async () => {
    startRunner();
    const first = writeFunction(folder, { source: `export const handler = async () => 'old';` });
    runner.ensureFunction(first);
    expect(await runner.invoke(first.arn, '{}')).toMatchObject({ payload: '"old"' });
    const second = writeFunction(join(folder, 'next'), { source: `export const handler = async () => 'new';` });
    runner.ensureFunction(second);
    expect(await runner.invoke(second.arn, '{}')).toMatchObject({ payload: '"new"' });
  });

  test('a function without a bundle is refused when it is deployed', () => {
    startRunner();
    const spec = writeFunction(folder, { source: '' });
    expect(() => runner.ensureFunction({ ...spec, handler: 'other.handler' })).toThrow(
      `the function probe has no bundle for its handler other.handler in ${spec.codeDir}`,
    );
  });

  test('invoking a function that does not exist is an error of the caller', async () => {
    startRunner();
    await expect(runner.invoke('arn:aws:lambda:eu-west-1:000000000000:function:nobody', '{}')).rejects.toThrow(
      'Function not found: arn:aws:lambda:eu-west-1:000000000000:function:nobody',
    );
  });
});

describe('the log of a function', () => {
  test('output and uncaught errors are in <logDirectory>/<function>.log at once', async () => {
    const logDirectory = join(folder, 'logs');
    await invoke(
      `export const handler = async () => { console.log('one', { two: 2 }); console.error('three'); throw new Error('four'); };`,
      {},
      { logDirectory },
    );
    const log = readFileSync(join(logDirectory, 'probe.log'), 'utf8');
    expect(log).toMatch(
      /^one \{ two: 2 \}\nthree\n\S+Z\t\S+\tERROR\tInvoke Error\t\{"errorType":"Error","errorMessage":"four"/,
    );
  });

  test('a log that cannot be written affects neither its function nor others', async () => {
    const logDirectory = join(folder, 'logs');
    mkdirSync(join(logDirectory, 'probe.log'), { recursive: true });
    const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    startRunner({ logDirectory });
    const source = `
      let release;
      const released = new Promise((resolve) => (release = resolve));
      export const handler = async ({ waits, fails }) => {
        if (waits) return released;
        process.stdout.write('metrics');
        console.log('line');
        if (fails) throw new Error('own error');
        release('released');
        return 'done';
      };`;
    const spec = writeFunction(folder, { source });
    const { arn } = spec;
    runner.ensureFunction(spec);
    const waiting = runner.invoke(arn, '{"waits":true}');
    expect(await runner.invoke(arn, '{"fails":true}')).toMatchObject({ ok: false, errorMessage: 'own error' });
    expect(await runner.invoke(arn, '{}')).toMatchObject({ ok: true, payload: '"done"' });
    expect(await waiting).toMatchObject({ ok: true, payload: '"released"' });
    const lines = stderr.mock.calls.map(([line]) => String(line));
    stderr.mockRestore();
    expect(lines).toEqual([expect.stringMatching(/probe\.log can't be written, lines are lost: .*EISDIR/)]);
  });

  test('a log continues once it can be written again, and nothing was buffered meanwhile', async () => {
    const logDirectory = join(folder, 'logs');
    const file = join(logDirectory, 'probe.log');
    const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const source = `export const handler = async (line) => {
      console.log(line === 'fill' ? 'x'.repeat(10 * 1024 * 1024) : line);
      return process.stdout.writableLength;
    };`;
    startRunner({ logDirectory });
    const spec = writeFunction(folder, { source });
    runner.ensureFunction(spec);
    const write = (line: string) => runner.invoke(spec.arn, JSON.stringify(line));
    for (const round of [1, 2]) {
      mkdirSync(file);
      for (let line = 0; line < 3; line++) expect(await write('lost')).toMatchObject({ payload: '0' });
      expect(stderr).toHaveBeenCalledTimes(round);
      rmSync(file, { recursive: true });
      expect(await write('kept')).toMatchObject({ payload: '0' });
      expect(readFileSync(file, 'utf8')).toBe('kept\n');
      // The full log is set aside, so that the next line opens a new one.
      await write('fill');
    }
    stderr.mockRestore();
  });

  test('a log that reaches 10 MB is set aside for a new file', async () => {
    const logDirectory = join(folder, 'logs');
    startRunner({ logDirectory });
    const source = `export const handler = async (event) => { process.stdout.write('x'.repeat(event.bytes)); };`;
    const spec = writeFunction(folder, { source });
    runner.ensureFunction(spec);
    await runner.invoke(spec.arn, `{"bytes":${6 * 1024 * 1024}}`);
    expect(existsSync(join(logDirectory, 'probe.log.1'))).toBe(false);
    await runner.invoke(spec.arn, `{"bytes":${6 * 1024 * 1024}}`);
    await runner.invoke(spec.arn, `{"bytes":5}`);
    expect(readFileSync(join(logDirectory, 'probe.log.1')).byteLength).toBe(12 * 1024 * 1024);
    expect(readFileSync(join(logDirectory, 'probe.log'), 'utf8')).toBe('xxxxx');
  });
});
