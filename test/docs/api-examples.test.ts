import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateEventBusCommand, EventBridgeClient, ListEventBusesCommand } from '@aws-sdk/client-eventbridge';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { destinationTypes } from '../../core/destination-types/registry.ts';
import { createHttpFields } from '../../core/destinations/destination-schema.ts';
import { routes } from '../../functions/management/http/routes.ts';
import { eventually, freePort, Hawser, ROOT_KEY } from '../support/hawser.ts';
import { KafkaRestProxy } from '../support/kafka-rest-proxy.ts';
import { answer, Receiver } from '../support/receiver.ts';
import { differences, type Example, examplesOf, sectionOf } from './page.ts';
import { missingPrograms, Shell } from './shell.ts';

const read = (file: string) => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
const apiPage = read('docs/api.md');
const examples = examplesOf(apiPage);
const destinationsPart = sectionOf(apiPage, 'Destinations');

describe('docs/api.md', () => {
  it.each(destinationTypes)('the type %s has a page and a link to it', (type) => {
    expect(destinationsPart).toContain(`[\`${type}\`](destinations/${type}.md)`);
    expect(read(`docs/destinations/${type}.md`)).toContain(`"type": "${type}"`);
  });

  it.each(routes.map(({ method, path }) => `${method} ${path}`))('%s has a row and an example', (route) => {
    expect(apiPage).toContain(`\n| \`${route}\` |`);
    expect(examples.map(routeOf)).toContain(route);
  });

  it.each(Object.keys(createHttpFields.shape))('the field %s of destinations has a row', (field) => {
    expect(destinationsPart).toContain(`\n| \`${field}\` |`);
  });
});

/** The route that an example calls. The example has a variable in place of each parameter of the route. */
function routeOf({ command }: Example): string {
  const [, path = ''] = /\$HAWSER(\/[^"?]*)/.exec(command) ?? [];
  const [, method = command.includes(' -d ') ? 'POST' : 'GET'] = /-X (\w+)/.exec(command) ?? [];
  const parameter = path.startsWith('/v1/dead-letters') ? '{delivery_id}' : '{id}';
  return `${method} ${path.replace(/\$\w+/, parameter)}`;
}

const why = missingPrograms.length > 0 ? `, skipped because this machine lacks ${missingPrograms.join(', ')}` : '';

describe.skipIf(why !== '')(`the commands of the documentation${why}`, () => {
  let hawser: Hawser;
  let here: Record<string, string>;
  const folder = mkdtempSync(join(tmpdir(), 'hawser-examples-'));
  const keyFile = join(folder, 'key.json');
  beforeAll(async () => {
    writeFileSync(keyFile, serviceAccountKey());
    hawser = await Hawser.start();
    here = { 'http://127.0.0.1:4100': hawser.url, 'local-root-key': ROOT_KEY };
  });
  afterAll(async () => {
    await hawser.dispose();
    rmSync(folder, { recursive: true });
  });

  describe('the examples of docs/api.md', () => {
    let shell: Shell;
    let receiver: Receiver;
    beforeAll(async () => {
      receiver = await Receiver.start();
      const unused = `127.0.0.1:${await freePort()}`;
      shell = new Shell({ ...here, 'http://127.0.0.1:9000/hook': receiver.url, '127.0.0.1:9009': unused });
    });
    afterAll(() => receiver.stop());

    it.each(examples)('$title', async (example) => {
      expect(await problemsOf(shell, example)).toEqual([]);
    });
  });

  describe('the examples of docs/sources.md', () => {
    let shell: Shell;
    beforeAll(() => {
      shell = new Shell(here);
    });

    it.each(examplesOf(read('docs/sources.md')))('$title', async (example) => {
      expect(await problemsOf(shell, example)).toEqual([]);
    });
  });

  describe.each(destinationTypes)('the examples of docs/destinations/%s.md', (type) => {
    let shell: Shell;
    let kafka: KafkaRestProxy;
    let rabbitmq: Receiver;
    beforeAll(async () => {
      await makeTargets(hawser.awsUrl);
      [kafka, rabbitmq] = await Promise.all([KafkaRestProxy.start(), Receiver.start()]);
      rabbitmq.behave = answer(200, '{"routed":true}', { 'content-type': 'application/json' });
      const brokers = { 'http://127.0.0.1:8082': kafka.url, 'http://127.0.0.1:15672': rabbitmq.url };
      shell = new Shell({ ...here, ...brokers, 'key.json': keyFile });
      await shell.run(`HAWSER=http://127.0.0.1:4100\nAUTH="Authorization: Bearer local-root-key"`);
    });
    afterAll(() => Promise.all([kafka.stop(), rabbitmq.stop()]));

    it.each(examplesOf(read(`docs/destinations/${type}.md`)))('$title', async (example) => {
      expect(await problemsOf(shell, example)).toEqual([]);
    });
  });

  describe('the quick start of README.md', () => {
    const blocks = examplesOf(sectionOf(read('README.md'), 'Five minutes to the first delivery'));
    let shell: Shell;
    let receiver: ChildProcess;
    let shown = '';
    let receiverPort: number;
    beforeAll(async () => {
      receiverPort = await freePort();
      shell = new Shell({
        ...here,
        '127.0.0.1:9000': `127.0.0.1:${receiverPort}`,
        'listen(9000)': `listen(${receiverPort})`,
      });
      const { command = '' } = blocks.find((block) => block.command.includes('createServer')) ?? {};
      receiver = spawn('bash', ['-c', shell.adapt(command)], { detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
      receiver.stdout?.on('data', (chunk: Buffer) => {
        shown += chunk.toString();
      });
      await eventually('the receiver of the README listens', () => isListening(receiverPort));
    });
    afterAll(() => {
      // Kills the whole process group, with what npx has started.
      if (receiver.pid !== undefined) process.kill(-receiver.pid, 'SIGKILL');
    });

    it.each(blocks.filter(({ command }) => command.includes('curl ')))('$title', async ({ command }) => {
      const [list] = /\/v1\/(?:dead-letters|deliveries)/.exec(command) ?? [];
      if (list === '/v1/dead-letters') await makeDeadLetter(hawser);
      // Waits, as a reader types more slowly than an attempt takes.
      if (list !== undefined) await listed(hawser, list);
      const { statuses, output } = await shell.run(command);
      expect(statuses.length).toBeGreaterThan(0);
      for (const status of statuses) expect(status, output).toBeOneOf([200, 201, 202]);
    });

    it('the receiver shows the signed webhook', async () => {
      await eventually('the webhook', async () => shown.includes('POST /hook'));
      expect(shown).toContain("'webhook-signature': 'v1,");
      expect(shown).toContain('{"ref":"refs/heads/main"}');
    });
  });
});

/** Creates what the pages tell a reader to create with the AWS CLI. */
async function makeTargets(endpoint: string): Promise<void> {
  const credentials = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'any' };
  const options = { endpoint, region: 'us-east-1', credentials };
  const [sqs, s3, eventbridge] = [new SQSClient(options), new S3Client(options), new EventBridgeClient(options)];
  await sqs.send(new CreateQueueCommand({ QueueName: 'orders' }));
  await s3.send(new CreateBucketCommand({ Bucket: 'webhooks-archive' }));
  const { EventBuses = [] } = await eventbridge.send(new ListEventBusesCommand({ NamePrefix: 'orders' }));
  if (EventBuses.length === 0) await eventbridge.send(new CreateEventBusCommand({ Name: 'orders' }));
  for (const client of [sqs, s3, eventbridge]) client.destroy();
}

/** The key file that the page tells a reader to create with gcloud, with all fields that Google puts into it. */
function serviceAccountKey(): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const email = 'hawser@my-project.iam.gserviceaccount.com';
  const file = {
    type: 'service_account',
    project_id: 'my-project',
    private_key_id: '6f1c0e8a4b5d4d5e9a7b3c2d1e0f9a8b7c6d5e4f',
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    client_email: email,
    client_id: '112233445566778899001',
    auth_uri: 'https://accounts.google.com/o/oauth2/auth',
    token_uri: 'https://oauth2.googleapis.com/token',
    auth_provider_x509_cert_url: 'https://www.googleapis.com/oauth2/v1/certs',
    client_x509_cert_url: `https://www.googleapis.com/robot/v1/metadata/x509/${encodeURIComponent(email)}`,
    universe_domain: 'googleapis.com',
  };
  return JSON.stringify(file, null, 2);
}

async function isListening(port: number): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined);
  return response !== undefined;
}

async function makeDeadLetter(hawser: Hawser): Promise<void> {
  const url = `http://127.0.0.1:${await freePort()}/down`;
  const { ingestUrl } = await hawser.route('down', { url, retry_max_attempts: 0 });
  await fetch(ingestUrl, { method: 'POST', body: '{}' });
}

/** Waits until a list of deliveries has one. */
async function listed(hawser: Hawser, path: string): Promise<void> {
  await eventually(`a first entry of ${path}`, async () => {
    const { body } = await hawser.api<Record<string, unknown>>('GET', path);
    return JSON.stringify(body).includes('"dlv_');
  });
}

const PATIENCE_MS = 15_000;

/**
 * How the answer differs from the page. Reads and deletions are repeated until nothing differs, because it takes a moment until
 * what was sent is delivered.
 */
async function problemsOf(shell: Shell, { command, status, answer }: Example): Promise<string[]> {
  const mayRepeat = !/ -d |-X (POST|PATCH)/.test(command);
  const deadlineMs = Date.now() + PATIENCE_MS;
  for (;;) {
    const { statuses, output } = await shell.run(command);
    const wanted = status === undefined ? [] : [status];
    const problems = statuses.join() === wanted.join() ? [] : [`answered ${statuses.join()}: ${output}`];
    if (answer !== undefined) problems.push(...differences(answer, JSON.parse(output)));
    if (status !== undefined) shell.rememberIds(JSON.parse(output));
    if (problems.length === 0 || !mayRepeat || Date.now() > deadlineMs) return problems;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
