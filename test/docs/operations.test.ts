import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BatchWriteItemCommand, DescribeTableCommand, ScanCommand, type WriteRequest } from '@aws-sdk/client-dynamodb';
import { GetQueueAttributesCommand, type QueueAttributeName, SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { type EventId, newEventId, newId, timeMsOf } from '../../core/ids.ts';
import { eventKey } from '../../functions/stores/event-row.ts';
import { eventsTable } from '../../functions/stores/tables.ts';
import { resourceNames, startServices, type TestServices } from '../support/services.ts';
import { examplesOf, sectionOf } from './page.ts';
import { missingOf, Shell } from './shell.ts';

const guide = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
const missing = missingOf(['bash', 'aws', 'git', 'jq', 'split']);
const why = missing.length > 0 ? `, skipped because this machine lacks ${missing.join(', ')}` : '';

/** The block of commands in a section that begins with this title. */
function commandOf(section: string, title: string): string {
  const found = examplesOf(sectionOf(guide, section)).find((example) => example.title.startsWith(title));
  if (!found) throw new Error(`${section} has no commands that begin with ${title}`);
  return found.command;
}

/** A shell function that the guide defines at its beginning. */
function helper(name: string): string {
  const [, definition] = new RegExp(`^(${name}\\(\\) \\{\\n.*?^\\}\\n)`, 'ms').exec(guide) ?? [];
  if (definition === undefined) throw new Error(`the guide defines no ${name}`);
  return definition;
}

const source = newId('src');
let services: TestServices;
let folder: string;
let shell: Shell;

beforeEach(async () => {
  services = await startServices();
  folder = mkdtempSync(join(tmpdir(), 'hawser-guide-'));
  shell = new Shell({ 'src_…': source });
  Object.assign(shell.variables, {
    HOME: process.env.HOME ?? folder,
    // Not the settings of the person who runs the tests.
    AWS_CONFIG_FILE: join(folder, 'none'),
    AWS_SHARED_CREDENTIALS_FILE: join(folder, 'none'),
    ENDPOINT: services.endpointUrl,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_DEFAULT_REGION: 'us-east-1',
    PROJECT: fileURLToPath(new URL('../..', import.meta.url)),
    NODE: process.execPath,
    FAILURES: services.replayQueue.queueUrl,
  });
});
afterEach(async () => {
  await services.close();
  rmSync(folder, { recursive: true, force: true });
});

/**
 * Runs blocks of the guide. There is no CloudFormation to ask for names, and the only function to invoke records what it gets.
 */
async function run(...commands: string[]): Promise<string> {
  const { output } = await shell.run(
    [
      `cd '${folder}'`,
      'output() { echo "$FAILURES"; }',
      `resource() { case "$2" in StorageEvents) echo ${resourceNames.events};; *) echo function;; esac; }`,
      `aws() {
        if [ "$2" = get-records ]; then set -- "$@" --limit 5; fi
        if [ "$1" != lambda ]; then command aws --endpoint-url "$ENDPOINT" "$@"; return; fi
        jq -c . records.json >> invoked.jsonl
        echo '{"batchItemFailures":[]}' > answer.json
      }`,
      helper('fan_out'),
      ...commands,
    ].join('\n'),
  );
  return output;
}

/** Each invocation of the fan-out function, with the ids of the events that it got. */
function invocations(): string[][] {
  const lines = readFileSync(join(folder, 'invoked.jsonl'), 'utf8').trim().split('\n');
  return lines.map((line) => z.object({ Records: z.array(recordSchema) }).parse(JSON.parse(line)).Records);
}

const recordSchema = z
  .object({
    eventName: z.literal('INSERT'),
    dynamodb: z.object({ NewImage: z.object({ id: z.object({ S: z.string() }) }) }),
  })
  .transform(({ dynamodb }) => dynamodb.NewImage.id.S);

function row(id: EventId) {
  return { ...eventKey(source, id), org_id: { S: newId('org') }, request: { B: new TextEncoder().encode('bytes') } };
}

async function put(...ids: EventId[]): Promise<void> {
  await write(ids.map((id) => ({ PutRequest: { Item: row(id) } })));
}

/** Writes in order, as many at a time as one call takes. */
async function write(requests: WriteRequest[], table: string = resourceNames.events): Promise<void> {
  for (let start = 0; start < requests.length; start += 25) {
    const RequestItems = { [table]: requests.slice(start, start + 25) };
    await services.clients.dynamodb.send(new BatchWriteItemCommand({ RequestItems }));
  }
}

/** Puts a message into the failure queue as Lambda does, about the stream's records from one event to another. */
async function giveUp(first: EventId, last: EventId, batchSize: number): Promise<void> {
  const { streams } = services.simulators.dynamodb;
  const describe = new DescribeTableCommand({ TableName: resourceNames.events });
  const streamArn = (await services.clients.dynamodb.send(describe)).Table?.LatestStreamArn ?? '';
  const [shardId = ''] = streams.shards(streamArn);
  const records = streams.read(streamArn, shardId, undefined, 10_000);
  const numberOf = (id: EventId) =>
    records.find(({ dynamodb }) => JSON.stringify(dynamodb.NewImage?.id) === JSON.stringify({ S: id }))?.dynamodb
      .SequenceNumber;
  const body = {
    requestContext: { condition: 'RetryAttemptsExhausted' },
    DDBStreamBatchInfo: {
      streamArn,
      shardId,
      startSequenceNumber: numberOf(first),
      endSequenceNumber: numberOf(last),
      approximateArrivalOfFirstRecord: `${new Date(timeMsOf(first)).toISOString().slice(0, 19)}Z`,
      approximateArrivalOfLastRecord: `${new Date(timeMsOf(last)).toISOString().slice(0, 19)}Z`,
      batchSize,
    },
  };
  const message = { QueueUrl: services.replayQueue.queueUrl, MessageBody: JSON.stringify(body) };
  await services.clients.sqs.send(new SendMessageCommand(message));
}

const minuteMs = 60_000;
/** The AWS CLI takes a second to start, and several on a busy machine. */
const timeout = 180_000;

describe.skipIf(missing.length > 0)(`the commands of docs/operations.md${why}`, { timeout }, () => {
  it('the runbook hands fan-out exactly the events of a batch that it gave up, whatever else the stream has', async () => {
    const nowMs = services.clock.nowMs();
    const expired = Array.from({ length: 4 }, () => newEventId(source, nowMs - 2_000));
    const before = newEventId(source, nowMs);
    const batch = Array.from({ length: 3 }, () => newEventId(source, nowMs));
    const [first, second, last] = batch as [EventId, EventId, EventId];
    const after = newEventId(source, nowMs);
    await put(...expired, before, first, second);
    // More than fit into one answer, which has at most 5 records here.
    await write(expired.map((id) => ({ DeleteRequest: { Key: eventKey(source, id) } })));
    await put(last, after);
    await giveUp(first, last, 3);
    const output = await run(
      commandOf('fan-out-failures', 'errors FanOutFunctionLogs').replace('errors FanOutFunctionLogs', ''),
      commandOf('fan-out-failures', 'info()'),
      commandOf('fan-out-failures', 'fan_out'),
    );
    expect(invocations()).toEqual([batch]);
    expect(output).toMatch(/ *3 of 3 records\n/);
    expect(output).toContain('{"batchItemFailures":[]}');
    await run(commandOf('fan-out-failures', 'aws sqs delete-message'));
    const AttributeNames: QueueAttributeName[] = ['ApproximateNumberOfMessagesNotVisible'];
    const count = new GetQueueAttributesCommand({ QueueUrl: services.replayQueue.queueUrl, AttributeNames });
    expect((await services.clients.sqs.send(count)).Attributes).toEqual({ ApproximateNumberOfMessagesNotVisible: '0' });
  });

  it('the runbook hands fan-out the events of a period that the stream no longer has, a hundred at a time', async () => {
    const nowMs = services.clock.nowMs();
    const early = newEventId(source, nowMs - 10 * minuteMs);
    const batch = Array.from({ length: 150 }, (_, index) => newEventId(source, nowMs + index));
    const late = newEventId(source, nowMs + 10 * minuteMs);
    await put(early, ...batch, late);
    const [first = early] = batch;
    await giveUp(first, batch.at(-1) ?? late, 100);
    services.clock.advance(25 * 60 * minuteMs);
    await run(
      commandOf('fan-out-failures', 'errors FanOutFunctionLogs').replace('errors FanOutFunctionLogs', ''),
      commandOf('fan-out-failures', 'SOURCE='),
    );
    expect(invocations()).toEqual([batch.slice(0, 100), batch.slice(100)]);
  });

  it('the runbook copies the lost rows of a table from a restored one, but none that have changed or expired since', async () => {
    const { dynamodb } = services.simulators;
    const restored = `${resourceNames.events}-restored`;
    const { partitionKey, sortKey, timeToLive } = eventsTable;
    dynamodb.ensureTable({
      TableName: restored,
      AttributeDefinitions: [partitionKey, sortKey].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      KeySchema: [
        { AttributeName: partitionKey, KeyType: 'HASH' },
        { AttributeName: sortKey, KeyType: 'RANGE' },
      ],
    });
    const inSeconds = (seconds: number) => ({ [timeToLive]: { N: String(Math.floor(Date.now() / 1000) + seconds) } });
    const lost = Array.from({ length: 30 }, () => ({ ...row(newEventId(source, Date.now())), ...inSeconds(1_000) }));
    const endless = row(newEventId(source, Date.now()));
    const expired = { ...row(newEventId(source, Date.now())), ...inSeconds(-1) };
    const present = row(newEventId(source, Date.now()));
    const other = { ...row(newEventId(source, Date.now())), [sortKey]: { S: 'other' } };
    const rows = [...lost, endless, expired, { ...present, request: { B: new TextEncoder().encode('old') } }, other];
    await write(
      rows.map((Item) => ({ PutRequest: { Item } })),
      restored,
    );
    await write([{ PutRequest: { Item: present } }]);
    const commands = [
      `TABLE=${resourceNames.events} KEYS=evt_`,
      'npx() { shift; (cd "$PROJECT" && AWS_ENDPOINT_URL="$ENDPOINT" "$NODE" "$@"); }',
      ...(guide.match(/^npx node bin\/copy-rows\.ts .*$/m) ?? []),
    ];
    expect(await run(...commands)).toBe('31 copied, 1 there already, 1 expired\n');
    const { Items } = await services.clients.dynamodb.send(new ScanCommand({ TableName: resourceNames.events }));
    expect(new Set(Items)).toEqual(new Set([...lost, endless, present]));
    expect(await run(...commands)).toBe('0 copied, 32 there already, 1 expired\n');
  });

  it('the runbook rolls back to the version before, with the current settings', async () => {
    const [, rollBack = ''] = /\n# Roll back\n.*?```sh\n(.*?)```/s.exec(guide) ?? [];
    const cdkJson = (context: object) => writeFileSync(join(folder, 'cdk.json'), JSON.stringify({ app: 'x', context }));
    const commit = 'git add . && git -c user.name=x -c user.email=x@example.com commit -qm x';
    cdkJson({ '@aws-cdk/flag': 1, 'hawser:tracing': true, 'hawser:alarmEmail': 'old@example.com' });
    await run('git init -q .', commit, 'git tag v1');
    cdkJson({ '@aws-cdk/flag': 2, 'hawser:alarmEmail': 'new@example.com' });
    await run(commit);
    cdkJson({ '@aws-cdk/flag': 2, 'hawser:alarmEmail': 'new@example.com', 'hawser:stackName': 'Hooks' });
    const identity = 'git() { command git -c user.name=x -c user.email=x@example.com "$@"; }';
    const output = await run(identity, 'npm() { echo "npm $*"; }', rollBack.replace('LAST=…', 'LAST=v1'));
    expect(JSON.parse(readFileSync(join(folder, 'cdk.json'), 'utf8'))).toEqual({
      app: 'x',
      context: { '@aws-cdk/flag': 1, 'hawser:alarmEmail': 'new@example.com', 'hawser:stackName': 'Hooks' },
    });
    expect(output).toContain('npm ci\nnpm run deploy\n');
  });
});
