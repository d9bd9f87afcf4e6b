import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { decodeRequest } from '../../core/events/stored-request.ts';
import { addEventCounts } from '../../core/figures/event-counts.ts';
import type { Filter } from '../../core/filter/filter.ts';
import { formatInteger } from '../../core/format-integer.ts';
import { type DestinationId, deliveryIdOf, newId, type SourceId } from '../../core/ids.ts';
import { NO_PACE, type Pace } from '../../core/pace/pace.ts';
import { resourceNames, startServices, type TestServices } from '../../test/support/services.ts';
import { type DeliveryMessage, decodeDelivery, decodeMessage, isDelivery } from '../messages/delivery.ts';
import { EventFilters } from '../shared/event-filters.ts';
import { logger } from '../shared/logger.ts';
import { EventCounts } from '../stores/deliveries/event-counts.ts';
import { LineStore } from '../stores/deliveries/lines.ts';
import { DeliveryQueue } from '../stores/delivery-queue.ts';
import type { StoredEvent } from '../stores/event-row.ts';
import { EventStore } from '../stores/events.ts';
import type { FanOutConnection } from './event-lines.ts';
import { EventLines } from './event-lines.ts';
import { FanOut, type FanOutOptions } from './fan-out.ts';

const organizationId = newId('org');
const sourceId = newId('src');
const connection = (filter: Filter | null = null): FanOutConnection => ({
  id: newId('con'),
  destinationId: newId('dst'),
  filter,
});
const github = { type: 'github' as const, secret: '••••b7f2' };
const head = { method: 'POST', path: '', query: '', headers: [['X-Event', 'push']] as const, sourceIp: '192.0.2.1' };

let services: TestServices;
let events: EventStore;
let lines: LineStore;
let paces: Map<DestinationId, Pace>;
beforeEach(async () => {
  services = await startServices();
  const { dynamodb, s3 } = services.clients;
  events = new EventStore({
    dynamodb,
    s3,
    table: resourceNames.events,
    bucket: resourceNames.bucket,
    retentionDays: 30,
  });
  lines = new LineStore({ dynamodb, table: resourceNames.deliveries, retentionDays: 30 });
  paces = new Map();
});
afterEach(() => services.close());

function fanOut(
  connections: FanOutOptions['connections'],
  { queueUrl = services.deliveryQueue.queueUrl, ...options }: Partial<FanOutOptions> & { queueUrl?: string } = {},
): FanOut {
  const queue = new DeliveryQueue(services.clients.sqs, queueUrl);
  const now = () => services.clock.nowMs();
  const pace = async (id: DestinationId) => paces.get(id) ?? NO_PACE;
  return new FanOut({
    events,
    queue,
    connections,
    pace,
    lines: new EventLines({ events, queue, lines, now }),
    filters: filters(),
    counts: eventCounts(),
    ...options,
  });
}

function eventCounts(): EventCounts {
  return new EventCounts({ dynamodb: services.clients.dynamodb, table: resourceNames.deliveries });
}

function filters(): EventFilters {
  return new EventFilters({
    events,
    source: async () => ({ verification: { sealed: new Uint8Array(), shown: github } }),
  });
}

async function accepted(body: Uint8Array, source: SourceId = sourceId): Promise<StoredEvent> {
  const id = await events.put({ id: source, organizationId }, head, body, services.clock.nowMs());
  const event = await events.get(source, id);
  if (!event) throw new Error('the event is not there');
  return event;
}

const streamed = (...batch: StoredEvent[]) =>
  batch.map((event, index) => ({ sequenceNumber: String(index + 1), event }));

async function queued(): Promise<(DeliveryMessage & { group: string | undefined })[]> {
  const messages = await services.simulators.sqs.receiveMessages(services.deliveryQueue.queueArn, {
    maxMessages: 100,
    waitTimeMs: 0,
  });
  return messages.map(({ body, attributes }) => ({ ...decodeDelivery(body), group: attributes.MessageGroupId }));
}

const bodyIn = ({ request }: DeliveryMessage) => (request ? decodeRequest(request).body : undefined);

describe('fan-out', () => {
  it('an event is sent as one message for each destination, in the group of that destination, with everything that delivery needs', async () => {
    const connections = [connection(), connection(), connection()];
    const event = await accepted(Buffer.from('{"n":1}'));
    expect(await fanOut(async () => connections).fanOut(streamed(event))).toEqual([]);
    const messages = await queued();
    expect(messages).toHaveLength(3);
    for (const { id: connectionId, destinationId } of connections) {
      const message = messages.find(({ job }) => job.destinationId === destinationId);
      expect(message).toMatchObject({
        group: destinationId,
        job: {
          deliveryId: deliveryIdOf(event.id, connectionId),
          eventId: event.id,
          organizationId,
          sourceId,
          connectionId,
          attempt: 1,
          roundStart: 1,
          startsReplay: false,
        },
      });
      expect(message && bodyIn(message)).toEqual({ kind: 'inline', bytes: Buffer.from('{"n":1}') });
      expect(message?.request && decodeRequest(message.request).head).toEqual(head);
    }
  });

  it('an event of a source without connections makes no message, and its record is done', async () => {
    expect(await fanOut(async () => []).fanOut(streamed(await accepted(Buffer.from('{}'))))).toEqual([]);
    expect(await queued()).toEqual([]);
  });

  it('a repeated record makes the same delivery', async () => {
    const connections = [connection()];
    const event = await accepted(Buffer.from('{}'));
    await fanOut(async () => connections).fanOut(streamed(event));
    await fanOut(async () => connections).fanOut(streamed(event));
    const messages = await queued();
    expect(messages).toHaveLength(2);
    expect(new Set(messages.map(({ job }) => job.deliveryId)).size).toBe(1);
  });

  it('a body in the bucket is copied into the message up to 64 KiB, and left in the bucket beyond', async () => {
    const [small, large] = [randomBytes(60_000), randomBytes(70_000)];
    const batch = streamed(await accepted(small), await accepted(large));
    await fanOut(async () => [connection()]).fanOut(batch);
    const bodies = (await queued()).map(bodyIn);
    expect(bodies).toContainEqual({ kind: 'inline', bytes: small });
    expect(bodies).toContainEqual(expect.objectContaining({ kind: 'object', sizeBytes: 70_000 }));
  });

  it('every call to the queue stays below its limit of 1 MiB', async () => {
    const batch: StoredEvent[] = [];
    for (let index = 0; index < 14; index++) batch.push(await accepted(randomBytes(64 * 1024)));
    expect(await fanOut(async () => [connection()]).fanOut(streamed(...batch))).toEqual([]);
    expect(await queued()).toHaveLength(14);
  });

  it('the connections of a source are read once per batch, and again for the next batch', async () => {
    const asked: SourceId[] = [];
    const other = newId('src');
    const subject = fanOut(async (source) => {
      asked.push(source);
      return [connection()];
    });
    const [one, two, three] = [
      await accepted(Buffer.from('1')),
      await accepted(Buffer.from('2'), other),
      await accepted(Buffer.from('3')),
    ];
    await subject.fanOut(streamed(one, two, three));
    expect(asked.toSorted()).toEqual([sourceId, other].toSorted());
    await subject.fanOut(streamed(one));
    expect(asked).toHaveLength(3);
  });

  it('only the records whose source could not be read are reported as failed', async () => {
    const broken = newId('src');
    const subject = fanOut(async (source) => {
      if (source === broken) throw new Error('throttled');
      return [connection()];
    });
    const batch = streamed(await accepted(Buffer.from('1')), await accepted(Buffer.from('2'), broken));
    expect(await subject.fanOut(batch)).toEqual(['2']);
    expect(await queued()).toHaveLength(1);
  });

  it('every record is reported as failed if the queue accepts nothing', async () => {
    const subject = fanOut(async () => [connection()], {
      queueUrl: `${services.deliveryQueue.queueUrl}-that-is-not-there`,
    });
    const batch = streamed(await accepted(Buffer.from('1')), await accepted(Buffer.from('2')));
    expect(await subject.fanOut(batch)).toEqual(['1', '2']);
  });
});

describe('fan-out to a destination with a pace', () => {
  const fifo: Pace = { ...NO_PACE, ordering: 'fifo' };

  function paced(pace: Pace): FanOutConnection {
    const one = connection();
    paces.set(one.destinationId, pace);
    return one;
  }

  async function called(): Promise<DestinationId[]> {
    const messages = await services.simulators.sqs.receiveMessages(services.deliveryQueue.queueArn, {
      maxMessages: 100,
      waitTimeMs: 0,
    });
    return messages
      .map(({ body }) => decodeMessage(body))
      .flatMap((one) => (isDelivery(one) ? [] : [one.destinationId]));
  }

  const inLine = async ({ destinationId }: FanOutConnection) => {
    const rows = await lines.peek(destinationId, 100);
    return rows.map(({ entries }) => entries.map(({ job }) => job.eventId));
  };

  it('a batch is added to its line as one row, in the order of the stream, with one message', async () => {
    const destination = paced(fifo);
    const batch: StoredEvent[] = [];
    for (let index = 0; index < 30; index++) batch.push(await accepted(Buffer.from(`${index}`)));
    batch.reverse();
    expect(await fanOut(async () => [destination]).fanOut(streamed(...batch))).toEqual([]);
    expect(await inLine(destination)).toEqual([batch.map(({ id }) => id)]);
    expect(await called()).toEqual([destination.destinationId]);
  });

  it('messages to destinations without a pace are sent as usual', async () => {
    const [direct, destination] = [connection(), paced(fifo)];
    const event = await accepted(Buffer.from('{}'));
    await fanOut(async () => [direct, destination]).fanOut(streamed(event));
    const bodies = await services.simulators.sqs.receiveMessages(services.deliveryQueue.queueArn, {
      maxMessages: 100,
      waitTimeMs: 0,
    });
    const messages = bodies.map(({ body }) => decodeMessage(body));
    expect(messages.filter(isDelivery).map(({ job }) => job.destinationId)).toEqual([direct.destinationId]);
    expect(await inLine(destination)).toEqual([[event.id]]);
  });

  it('a repeated batch writes the same row', async () => {
    const destination = paced(fifo);
    const batch = streamed(await accepted(Buffer.from('1')), await accepted(Buffer.from('2')));
    await fanOut(async () => [destination]).fanOut(batch);
    await fanOut(async () => [destination]).fanOut(batch);
    expect(await inLine(destination)).toHaveLength(1);
  });

  it('a batch that comes back with more events writes another row, which stays when the first one is done', async () => {
    const destination = paced(fifo);
    const other = newId('src');
    const [first, between, last] = [
      await accepted(Buffer.from('1')),
      await accepted(Buffer.from('2'), other),
      await accepted(Buffer.from('3')),
    ] as const;
    // The other source is connected only when the batch comes again.
    let sources = [sourceId];
    const fanning = fanOut(async (source) => (sources.includes(source) ? [destination] : []));
    await fanning.fanOut(streamed(first));
    await fanning.fanOut(streamed(first, between, last));
    sources = [sourceId, other];
    const begun = await lines.peek(destination.destinationId, 100);
    await fanning.fanOut(streamed(first, between, last));
    await lines.removeDone(destination.destinationId, begun, () => true, services.clock.nowMs());
    expect(await inLine(destination)).toEqual([[first.id, between.id, last.id]]);
  });

  it('events are grouped by a header or by a path of the body, even if the body is in the bucket', async () => {
    const body = Buffer.from(JSON.stringify({ customer: { id: 7 }, filler: randomBytes(40_000).toString('hex') }));
    const batch = streamed(
      await accepted(body),
      await accepted(Buffer.from('{"customer":{"id":7}}')),
      await accepted(Buffer.from('{"customer":{"id":8}}')),
      await accepted(Buffer.from('no JSON')),
    );
    const [byBody, byHeader] = [
      paced({ ...NO_PACE, ordering: { fifoBy: { body: 'customer.id' } } }),
      paced({ ...NO_PACE, ordering: { fifoBy: { header: 'x-event' } } }),
    ];
    await fanOut(async () => [byBody, byHeader]).fanOut(batch);
    const groupsOf = async ({ destinationId }: FanOutConnection) =>
      (await lines.peek(destinationId, 100)).flatMap(({ entries }) => entries.map(({ group }) => group));
    const [seven, same, eight, none] = await groupsOf(byBody);
    expect(same).toBe(seven);
    expect(new Set([seven, eight, none])).toEqual(new Set([seven, eight, '']));
    expect(new Set(await groupsOf(byHeader)).size).toBe(1);
  });

  it('every record of a line that could not be written is reported as failed, so that none overtakes another', async () => {
    const destination = paced(fifo);
    const batch = streamed(await accepted(Buffer.from('1')), await accepted(Buffer.from('2')));
    const broken = fanOut(async () => [destination], {
      lines: { add: () => Promise.reject(new Error('throttled')) },
    });
    expect(await broken.fanOut(batch)).toEqual(['1', '2']);
    expect(await called()).toEqual([]);
  });

  it('events behind a record that comes back are not added to a line', async () => {
    const [destination, unreadable] = [paced(fifo), connection()];
    const other = newId('src');
    const batch: StoredEvent[] = [];
    for (const source of [sourceId, other, sourceId]) {
      batch.push(await accepted(Buffer.from('{}'), source));
      await services.clock.advance(1);
    }
    const connections = async (source: SourceId) => (source === other ? [destination, unreadable] : [destination]);
    let isThrottled = true;
    const pace = async (id: DestinationId) => {
      if (isThrottled && id === unreadable.destinationId) throw new Error('throttled');
      return paces.get(id) ?? NO_PACE;
    };
    const error = vi.spyOn(logger, 'error').mockImplementation(() => undefined);
    onTestFinished(() => error.mockRestore());
    const fanning = fanOut(connections, { pace });
    expect(await fanning.fanOut(streamed(...batch))).toEqual(['2']);
    expect((await inLine(destination)).flat()).toEqual(batch.slice(0, 1).map(({ id }) => id));
    isThrottled = false;
    expect(await fanning.fanOut(streamed(...batch.slice(1)))).toEqual([]);
    expect((await inLine(destination)).flat()).toEqual(batch.map(({ id }) => id));
  });
});

describe('fan-out over connections with filters', () => {
  const jobs = async () => (await queued()).map(({ job, failure }) => [job.destinationId, failure]);

  it('an event that does not match makes no delivery, and its record is done', async () => {
    const [wanted, unwanted, unfiltered] = [
      connection({ body: { n: 1 } }),
      connection({ body: { n: 2 } }),
      connection(),
    ];
    const event = await accepted(Buffer.from('{"n":1}'));
    expect(await fanOut(async () => [wanted, unwanted, unfiltered]).fanOut(streamed(event))).toEqual([]);
    expect(new Set(await jobs())).toEqual(
      new Set([
        [wanted.destinationId, undefined],
        [unfiltered.destinationId, undefined],
      ]),
    );
  });

  it('filters see a body in the bucket, headers, and the event type of the source', async () => {
    const large = Buffer.from(JSON.stringify({ n: 1, filler: randomBytes(40_000).toString('hex') }));
    const event = await accepted(large);
    const connections = [
      connection({ body: { n: 1 } }),
      connection({ headers: { 'x-event': 'push' } }),
      connection({ event_type: { $exists: false } }),
    ];
    await fanOut(async () => connections).fanOut(streamed(event));
    expect(new Set((await jobs()).map(([id]) => id))).toEqual(new Set(connections.map((one) => one.destinationId)));
    const typed = await events.put(
      { id: sourceId, organizationId },
      { ...head, headers: [['X-GitHub-Event', 'push']] },
      Buffer.from('{}'),
      services.clock.nowMs(),
    );
    const stored = await events.get(sourceId, typed);
    if (!stored) throw new Error('the event is not there');
    const [pushes, issues] = [connection({ event_type: 'push' }), connection({ event_type: 'issues' })];
    await fanOut(async () => [pushes, issues]).fanOut(streamed(stored));
    expect(await jobs()).toEqual([[pushes.destinationId, undefined]]);
  });

  it('a body that is too long for filters is not fetched, and fails only the filters that need it', async () => {
    const long = Buffer.from(JSON.stringify(randomBytes(600_000).toString('hex')));
    const headers = [['X-GitHub-Event', 'push']] as const;
    const id = await events.put({ id: sourceId, organizationId }, { ...head, headers }, long, services.clock.nowMs());
    const event = await events.get(sourceId, id);
    if (!event) throw new Error('the event is not there');
    const fetched = vi.spyOn(events, 'bodyOf');
    const [onBody, onType, onHeader] = [
      connection({ body: { n: 1 } }),
      connection({ event_type: 'push' }),
      connection({ headers: { 'x-github-event': 'push' } }),
    ];
    await fanOut(async () => [onBody, onType, onHeader]).fanOut(streamed(event));
    const tooLong = `the body has ${formatInteger(long.byteLength)} bytes; filters read up to 1,048,576`;
    expect(new Map((await jobs()) as [string, string | undefined][])).toEqual(
      new Map([
        [onBody.destinationId, tooLong],
        [onType.destinationId, undefined],
        [onHeader.destinationId, undefined],
      ]),
    );
    // Without the header, the type might be in the body.
    await fanOut(async () => [onType]).fanOut(streamed(await accepted(long)));
    expect(await jobs()).toEqual([[onType.destinationId, tooLong]]);
    expect(fetched).not.toHaveBeenCalled();
  });

  it('a delivery whose filter fails is sent to be ended, bypassing its line', async () => {
    const [direct, paced] = [connection({ body: { n: 1 } }), connection({ body: { n: 1 } })];
    paces.set(paced.destinationId, { ...NO_PACE, ordering: 'fifo' });
    const event = await accepted(Buffer.from('n=1'));
    expect(await fanOut(async () => [direct, paced]).fanOut(streamed(event))).toEqual([]);
    expect(new Set(await jobs())).toEqual(
      new Set([direct, paced].map(({ destinationId }) => [destinationId, 'the body is not JSON'])),
    );
    expect(await lines.peek(paced.destinationId, 10)).toEqual([]);
  });

  it('only matching events are added to a line', async () => {
    const destination = connection({ body: { n: 1 } });
    paces.set(destination.destinationId, { ...NO_PACE, ordering: 'fifo' });
    const [one, two] = [await accepted(Buffer.from('{"n":2}')), await accepted(Buffer.from('{"n":1}'))];
    await fanOut(async () => [destination]).fanOut(streamed(one, two));
    const rows = await lines.peek(destination.destinationId, 10);
    expect(rows.flatMap(({ entries }) => entries.map(({ job }) => job.eventId))).toEqual([two.id]);
  });

  it('a filter that can not be parsed counts as failed, not as absent', async () => {
    const broken = connection({ body: { n: { $later: 1 } } });
    await fanOut(async () => [broken]).fanOut(streamed(await accepted(Buffer.from('{}'))));
    expect(await jobs()).toEqual([[broken.destinationId, expect.stringContaining('filter.body.n.$later')]]);
  });
});

describe('fan-out counts', () => {
  const counted = async (...sources: SourceId[]) =>
    addEventCounts(await eventCounts().since(sources, services.clock.nowMs()));

  it('each event is counted once, however many destinations it has', async () => {
    const connections = [connection(), connection(), connection()];
    const batch = streamed(await accepted(Buffer.from('1')), await accepted(Buffer.from('2')));
    await fanOut(async () => connections).fanOut(batch);
    expect(await queued()).toHaveLength(6);
    expect(await counted(sourceId)).toEqual({ events: 2, unrouted: 0 });
  });

  it('an event that no connection wanted is counted as unrouted, but not one with a failed filter, which makes a dead letter', async () => {
    const other = newId('src');
    const batch = streamed(
      await accepted(Buffer.from('{"n":1}')),
      await accepted(Buffer.from('{"n":2}')),
      await accepted(Buffer.from('no JSON')),
      await accepted(Buffer.from('{"n":1}'), other),
    );
    await fanOut(async (id) => (id === other ? [] : [connection({ body: { n: 1 } })])).fanOut(batch);
    expect(await counted(sourceId)).toEqual({ events: 3, unrouted: 1 });
    expect(await counted(other)).toEqual({ events: 1, unrouted: 1 });
  });

  it('events in a line are counted', async () => {
    const destination = connection();
    paces.set(destination.destinationId, { ...NO_PACE, ordering: 'fifo' });
    await fanOut(async () => [destination]).fanOut(streamed(await accepted(Buffer.from('1'))));
    expect(await counted(sourceId)).toEqual({ events: 1, unrouted: 0 });
  });

  it('counting takes one write for each source of a batch', async () => {
    const adds: [SourceId, number][] = [];
    const counts = { add: async (id: SourceId, { length }: readonly unknown[]) => void adds.push([id, length]) };
    const other = newId('src');
    const batch = streamed(
      await accepted(Buffer.from('1')),
      await accepted(Buffer.from('2'), other),
      await accepted(Buffer.from('3')),
    );
    await fanOut(async () => [connection()], { counts }).fanOut(batch);
    expect(new Map(adds)).toEqual(
      new Map([
        [sourceId, 2],
        [other, 1],
      ]),
    );
    expect(adds).toHaveLength(2);
  });

  it('events from the first failed record on are not counted yet, because the stream brings them again', async () => {
    const broken = newId('src');
    let isBroken = true;
    const subject = fanOut(async (source) => {
      if (source === broken && isBroken) throw new Error('throttled');
      return [connection()];
    });
    const batch = streamed(
      await accepted(Buffer.from('1')),
      await accepted(Buffer.from('2'), broken),
      await accepted(Buffer.from('3')),
    );
    expect(await subject.fanOut(batch)).toEqual(['2']);
    expect(await counted(sourceId, broken)).toEqual({ events: 1, unrouted: 0 });
    isBroken = false;
    await subject.fanOut(batch.slice(1));
    expect(await counted(sourceId)).toEqual({ events: 2, unrouted: 0 });
    expect(await counted(broken)).toEqual({ events: 1, unrouted: 0 });
  });

  it('fan-out goes on if counting fails, and the log says how many events are missing', async () => {
    const warned = vi.spyOn(logger, 'warn').mockImplementation(() => {});
    onTestFinished(() => warned.mockRestore());
    const error = new Error('throttled');
    const subject = fanOut(async () => [connection()], { counts: { add: () => Promise.reject(error) } });
    expect(await subject.fanOut(streamed(await accepted(Buffer.from('1'))))).toEqual([]);
    expect(await queued()).toHaveLength(1);
    expect(warned.mock.calls).toEqual([['events are missing in the counts', { sourceId, missing: 1, error }]]);
  });
});
