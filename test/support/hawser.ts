import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

const projectDir = resolve(import.meta.dirname, '../..');

/** The root key of the instances under test. */
export const ROOT_KEY = 'walk-root-key-0123456789abcdefghijklmnop';

export interface Answer<Body = Record<string, unknown>> {
  readonly status: number;
  readonly body: Body;
  readonly headers: Headers;
}

/** `npm start` as a process of its own, on free ports and a data folder in the temporary folder. */
export class Hawser {
  readonly url: string;
  readonly awsUrl: string;
  readonly dataDir: string;
  readonly #environment: NodeJS.ProcessEnv;
  #process: ChildProcess | undefined;
  #output: string[] = [];

  private constructor(port: number, awsPort: number, dataDir: string) {
    this.url = `http://127.0.0.1:${port}`;
    this.awsUrl = `http://127.0.0.1:${awsPort}`;
    this.dataDir = dataDir;
    this.#environment = {
      ...process.env,
      HAWSER_PORT: String(port),
      HAWSER_AWS_PORT: String(awsPort),
      HAWSER_DATA_DIR: dataDir,
      HAWSER_ROOT_KEY: ROOT_KEY,
    };
  }

  static async start(): Promise<Hawser> {
    const [port, awsPort] = await Promise.all([freePort(), freePort()]);
    const hawser = new Hawser(port, awsPort, await mkdtemp(join(tmpdir(), 'hawser-')));
    await hawser.boot();
    return hawser;
  }

  get pid(): number {
    const pid = this.#process?.pid;
    if (pid === undefined) throw new Error('hawser is not running');
    return pid;
  }

  /** Starts, or starts again on the same data, and waits for the ready line. */
  async boot(): Promise<void> {
    const child = spawn(process.execPath, ['local/start.js'], {
      cwd: projectDir,
      env: this.#environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#process = child;
    this.#output = [];
    createInterface({ input: child.stderr }).on('line', (line) => this.#output.push(line));
    const ready = new Promise<void>((resolveReady) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        this.#output.push(line);
        if (line === `hawser is ready at ${this.url}`) resolveReady();
      });
    });
    const ended = once(child, 'exit').then(([code]) => {
      throw new Error(`hawser ended with ${code} before it was ready:\n${this.#output.join('\n')}`);
    });
    await Promise.race([ready, ended]);
    ended.catch(() => undefined);
  }

  /** `kill -9`: nothing gets a chance to clean up. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Ends it as an operator would. @returns the exit code */
  async terminate(): Promise<number | null> {
    return this.#end('SIGTERM');
  }

  /** Ends it and deletes its data. */
  async dispose(): Promise<void> {
    await this.#end('SIGKILL');
    await rm(this.dataDir, { recursive: true, force: true, maxRetries: 5 });
  }

  /** Calls the management API with the root key. */
  async api<Body = Record<string, unknown>>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer<Body>> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${ROOT_KEY}`, ...headers },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Body, headers: response.headers };
  }

  /** Creates a source with one destination for each of the given settings. */
  async route(
    name: string,
    ...destinations: readonly Record<string, unknown>[]
  ): Promise<{ sourceId: string; ingestUrl: string; destinations: { id: string; secret: string }[] }> {
    const source = await this.api<{ id: string; ingest_url: string }>('POST', '/v1/sources', { name });
    const created: { id: string; secret: string }[] = [];
    for (const settings of destinations) {
      const path = `/v1/sources/${source.body.id}/destinations`;
      const { status, body } = await this.api<{ id: string; secret: string }>('POST', path, settings);
      if (status !== 201) throw new Error(`creating a destination answered ${status}: ${JSON.stringify(body)}`);
      created.push(body);
    }
    return { sourceId: source.body.id, ingestUrl: source.body.ingest_url, destinations: created };
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    const exited = once(child, 'exit');
    child.kill(signal);
    const [code] = await exited;
    return code as number | null;
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Polls until `probe` gives a value, for things that only the API can tell. */
export async function eventually<T>(
  what: string,
  probe: () => Promise<T | undefined | false>,
  timeoutMs = 15_000,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const value = await probe();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs / 1000} s in vain for: ${what}`);
    await new Promise((resolveSleep) => setTimeout(resolveSleep, 50));
  }
}
