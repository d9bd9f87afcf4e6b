import { setTimeout as sleep } from 'node:timers/promises';
import type { ReceivedWebhook, Receiver } from '../support/receiver.ts';
import type { Client, Delivery } from './client.ts';
import { Meddling } from './concurrent-changes.ts';
import { type Accepted, type KindName, kindNames, kindOf } from './destinations.ts';
import type { FaultLayer } from './fault-layer.ts';
import type { Inside } from './inside.ts';
import type { PassingTime } from './passing-time.ts';
import { randomOf } from './random.ts';

const MINUTE_MS = 60_000;
/** A message that was received comes back after 9 minutes, and its fifth receive is its last. */
const SETTLES_WITHIN_MS = 12 * 60 * MINUTE_MS;
/** If nothing was pending for this long, nothing comes any more. */
const QUIET_MS = 2 * MINUTE_MS;

export interface World {
  readonly client: Client;
  readonly inside: Inside;
  readonly faults: FaultLayer;
  readonly receiver: Receiver;
  readonly time: PassingTime;
}

/** What is left at the end of a life. */
export interface Lived {
  readonly accepted: readonly Accepted[];
  readonly storedEvents: ReadonlySet<string>;
  readonly deliveries: Readonly<Record<KindName, ReadonlyMap<string, Delivery>>>;
  readonly received: Readonly<Record<KindName, readonly ReceivedWebhook[]>>;
  /** Webhooks that were answered 200. */
  readonly taken: ReadonlySet<ReceivedWebhook>;
  /** Deliveries that somebody has ended by hand. */
  readonly endedByHand: ReadonlySet<string>;
  readonly listedAsDead: ReadonlySet<string>;
  readonly deadLetters: ReadonlySet<string>;
  /** Replays, circuits, messages and schedules that have not come to rest. */
  readonly left: readonly string[];
}

interface Source {
  readonly id: string;
  readonly ingest_url: string;
}

/**
 * Sends events to receivers of many kinds while calls fail and people interfere, then lets calls succeed until nothing comes.
 * @param seed of the faults, and of what people do; which call fails also depends on the speed of the machine
 */
export async function live(seed: number, events: number, world: World): Promise<Lived> {
  const { client, faults, receiver, time, inside } = world;
  const random = randomOf(seed);
  faults.random = randomOf(seed * 7_919);
  faults.persistent = 0.3 + 0.4 * random();
  const upAtMs = time.nowMs + (300 + random() * 600) * 1_000;
  const taken = new Set<ReceivedWebhook>();
  receiver.received.length = 0;
  receiver.behave = (webhook, response) => {
    const name = nameOf(webhook);
    const status = name ? kindOf(name).answers(webhook, time.nowMs >= upAtMs) : 404;
    if (status === 200) taken.add(webhook);
    response.writeHead(status).end();
  };
  const sources = {
    direct: await client.post<Source>('/v1/sources', { name: `direct ${seed}` }),
    'in line': await client.post<Source>('/v1/sources', { name: `in line ${seed}` }),
  };
  const ids = new Map<KindName, string>();
  for (const name of kindNames) {
    const { settings, source } = kindOf(name);
    const url = `${receiver.url}/${encodeURIComponent(name)}`;
    const path = `/v1/sources/${sources[source].id}/destinations`;
    ids.set(name, (await client.post<{ id: string }>(path, { name: `${name} ${seed}`, url, ...settings })).id);
  }

  faults.probability = 0.03 + 0.05 * random();
  const meddling = new Meddling(client, ids, random);
  const accepted: Accepted[] = [];
  const sendAll = async (source: Accepted['source']) => {
    for (let n = 0; n < events; n++) {
      const [key, body] = bodyOf(n, random);
      accepted.push({ id: await send(sources[source].ingest_url, body), source, n, key, body });
      // Events of one millisecond have no order.
      for (const atMs = time.nowMs; time.nowMs === atMs; ) await sleep(2);
    }
  };
  await Promise.all([sendAll('direct'), sendAll('in line'), meddling.go(6, accepted)]);
  for (let round = 0; round < 4; round++) {
    await time.pass((1 + 3 * random()) * MINUTE_MS);
    await meddling.go(3, accepted);
  }
  await time.pass(20 * MINUTE_MS);
  faults.probability = 0;
  await time.until(quiet(world), SETTLES_WITHIN_MS);
  // Deliveries that were answered 410 are held until then.
  await client.ask('PATCH', `/v1/destinations/${ids.get('gone')}`, { enabled: true });
  await time.until(quiet(world), SETTLES_WITHIN_MS);
  const stillToCome = await inside.left();
  return lookAt(world, { sources, ids, accepted, taken, endedByHand: meddling.ended, stillToCome });
}

/** Whether nothing has been pending for a while. */
function quiet({ inside, time }: World): () => Promise<boolean> {
  let sinceMs = Number.POSITIVE_INFINITY;
  return async () => {
    sinceMs = (await inside.left()).length > 0 ? Number.POSITIVE_INFINITY : Math.min(sinceMs, time.nowMs);
    return time.nowMs - sinceMs >= QUIET_MS;
  };
}

async function lookAt(
  { client, inside, receiver }: World,
  found: {
    readonly sources: Readonly<Record<Accepted['source'], Source>>;
    readonly ids: ReadonlyMap<KindName, string>;
    readonly accepted: readonly Accepted[];
    readonly taken: ReadonlySet<ReceivedWebhook>;
    readonly endedByHand: ReadonlySet<string>;
    readonly stillToCome: readonly string[];
  },
): Promise<Lived> {
  const { sources, ids, stillToCome, ...others } = found;
  const left = [...stillToCome];
  const deliveries: [KindName, ReadonlyMap<string, Delivery>][] = [];
  const listedAsDead = new Set<string>();
  for (const [name, id] of ids) {
    const all = await client.list<Delivery>(`/v1/deliveries?destination_id=${id}`, 'deliveries');
    deliveries.push([name, new Map(all.map((delivery) => [delivery.event_id, delivery]))]);
    const dead = await client.list<Delivery>(`/v1/dead-letters?destination_id=${id}`, 'dead_letters');
    for (const one of dead) listedAsDead.add(one.id);
    const { state } = await client.get<{ state: string }>(`/v1/destinations/${id}/circuit`);
    if (state !== 'closed') left.push(`the circuit of ${name} is ${state}`);
  }
  const events = await Promise.all(
    Object.values(sources).map(({ id }) => client.list<{ id: string }>(`/v1/events?source_id=${id}`, 'events')),
  );
  const replays = await client.list<{ id: string; status: string }>('/v1/replays', 'replays');
  for (const { id, status } of replays) if (status === 'running') left.push(`the replay ${id} is running`);
  const received = kindNames.map((name) => [name, receiver.received.filter((webhook) => nameOf(webhook) === name)]);
  return {
    ...others,
    left,
    listedAsDead,
    storedEvents: new Set(events.flat().map(({ id }) => id)),
    deliveries: Object.fromEntries(deliveries) as Lived['deliveries'],
    received: Object.fromEntries(received) as Lived['received'],
    deadLetters: new Set(await inside.takeDeadLetters()),
  };
}

/** One in twenty is too large for a message. */
function bodyOf(n: number, random: () => number): [key: string, body: string] {
  const key = `k${Math.floor(random() * 4)}`;
  const filling = 'x'.repeat(random() < 0.05 ? 530_000 : 50 + random() * 1_000);
  return [key, JSON.stringify({ n, key, filling })];
}

/** Sends like a sender: again until it is answered 200. @returns the id of the event */
async function send(ingestUrl: string, body: string): Promise<string> {
  const headers = { 'content-type': 'application/json' };
  for (let tries = 0; tries < 100; tries++) {
    const response = await fetch(ingestUrl, { method: 'POST', body, headers }).catch(() => undefined);
    if (response?.status === 200) return ((await response.json()) as { id: string }).id;
    await response?.text();
  }
  throw new Error('ingest refuses what it is sent');
}

function nameOf({ url }: ReceivedWebhook): KindName | undefined {
  const name = decodeURIComponent(url.split('/').at(-1) ?? '');
  return kindNames.find((known) => known === name);
}
