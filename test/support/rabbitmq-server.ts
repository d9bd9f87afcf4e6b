import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, freePort } from './hawser.ts';

/** Where Debian's package has the server. The one on its PATH insists on being run by its own user. */
const SERVER = '/usr/lib/rabbitmq/bin/rabbitmq-server';

/** A start takes three to five seconds if nothing else is running. */
const START_TIMEOUT_MS = 50_000;

/** Why no broker can be started here; `undefined` if one can. */
export const noRabbitmq = existsSync(SERVER)
  ? undefined
  : `this machine lacks ${SERVER} (apt-get install rabbitmq-server)`;

/** A message as a consumer gets it. */
export interface RabbitmqMessage {
  readonly exchange: string;
  readonly routing_key: string;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly payload: Buffer;
}

/** A broker with its management plugin. It has ports, data and a name of its own, and leaves nothing behind. */
export class RabbitmqServer {
  readonly url: string;
  readonly #folder: string;
  readonly #processes: readonly ChildProcess[];

  private constructor(url: string, folder: string, processes: readonly ChildProcess[]) {
    this.url = url;
    this.#folder = folder;
    this.#processes = processes;
  }

  /** @param config lines of rabbitmq.conf */
  static async start(config: readonly string[] = []): Promise<RabbitmqServer> {
    const folder = await mkdtemp(join(tmpdir(), 'hawser-rabbitmq-'));
    const [amqp, management, distribution, epmd] = [
      await freePort(),
      await freePort(),
      await freePort(),
      await freePort(),
    ];
    const at = (name: string) => join(folder, name);
    const settings = [
      `listeners.tcp.1 = 127.0.0.1:${amqp}`,
      'management.tcp.ip = 127.0.0.1',
      `management.tcp.port = ${management}`,
      ...config,
    ];
    await mkdir(at('home'));
    await writeFile(at('rabbitmq.conf'), settings.join('\n'));
    await writeFile(at('enabled_plugins'), '[rabbitmq_management].');
    const env = {
      PATH: process.env.PATH,
      // Erlang writes its cookie there.
      HOME: at('home'),
      ERL_EPMD_ADDRESS: '127.0.0.1',
      ERL_EPMD_PORT: String(epmd),
      RABBITMQ_NODENAME: `hawser-${management}@localhost`,
      RABBITMQ_DIST_PORT: String(distribution),
      // No such file: the machine's own settings must not affect the test.
      RABBITMQ_CONF_ENV_FILE: at('none'),
      RABBITMQ_CONFIG_FILE: at('rabbitmq'),
      RABBITMQ_ADVANCED_CONFIG_FILE: at('none'),
      RABBITMQ_ENABLED_PLUGINS_FILE: at('enabled_plugins'),
      RABBITMQ_MNESIA_BASE: at('mnesia'),
      RABBITMQ_LOG_BASE: at('log'),
      RABBITMQ_LOGS: '-',
      // Makes the script become the server instead of waiting for it, so that the child that is killed is the server.
      RABBITMQ_ALLOW_INPUT: '1',
    };
    // A name service started here ends with the test. If a node finds none, it starts one that stays running.
    const names = spawn('epmd', ['-port', String(epmd), '-address', '127.0.0.1'], { env, stdio: 'ignore' });
    const server = spawn(SERVER, ['-noinput'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let log = '';
    for (const stream of [server.stdout, server.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        log += chunk.toString();
      });
    }
    const rabbitmq = new RabbitmqServer(`http://127.0.0.1:${management}`, folder, [server, names]);
    try {
      await eventually(
        'RabbitMQ',
        async () => {
          if (server.exitCode !== null) throw new Error(`RabbitMQ ended with ${server.exitCode}`);
          return (await rabbitmq.#request('GET', '/overview').catch(() => undefined))?.ok;
        },
        START_TIMEOUT_MS,
      );
    } catch (error) {
      await rabbitmq.stop();
      throw new Error(`RabbitMQ does not start: ${log}`, { cause: error });
    }
    return rabbitmq;
  }

  /** Calls its management API as `guest`. @param path below `/api` */
  async api(method: string, path: string, body?: object): Promise<unknown> {
    const response = await this.#request(method, path, body);
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} was answered ${response.status}: ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  }

  /** Takes all messages out of a queue. */
  async messages(queue: string, vhost = '/'): Promise<RabbitmqMessage[]> {
    const path = `/queues/${encodeURIComponent(vhost)}/${encodeURIComponent(queue)}/get`;
    const got = await this.api('POST', path, { count: 100, ackmode: 'ack_requeue_false', encoding: 'base64' });
    return (got as (Omit<RabbitmqMessage, 'payload'> & { payload: string })[]).map(
      ({ exchange, routing_key, properties, payload }) => ({
        exchange,
        routing_key,
        properties,
        payload: Buffer.from(payload, 'base64'),
      }),
    );
  }

  async stop(): Promise<void> {
    for (const child of this.#processes) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
    }
    await rm(this.#folder, { recursive: true, force: true });
  }

  #request(method: string, path: string, body?: object): Promise<Response> {
    return fetch(`${this.url}/api${path}`, {
      method,
      headers: {
        authorization: `Basic ${Buffer.from('guest:guest').toString('base64')}`,
        'content-type': 'application/json',
      },
      ...(body && { body: JSON.stringify(body) }),
    });
  }
}
