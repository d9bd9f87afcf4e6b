import {
  type Circuit,
  type ClosedCircuit,
  type HalfOpenCircuit,
  nextProbeAtMs,
  type OpenCircuit,
} from '../../core/circuit.ts';
import { nextJob } from '../../core/delivery.ts';
import type { Destination } from '../../core/destination.ts';
import type { DeliveryId, DestinationId } from '../../core/ids.ts';
import { probeAmong } from '../../core/probe-choice.ts';
import { allThrough } from '../shared/all-through.ts';
import { DELIVERY_SECONDS } from '../shared/function-lifetimes.ts';
import type { ReleaseMessage } from '../shared/release-message.ts';
import { CONFIGURATION_TTL_MS } from '../shared/ttl-cache.ts';
import type { CircuitStore } from '../stores/deliveries/circuits.ts';
import type { DeliveryLists } from '../stores/deliveries/delivery-lists.ts';
import type { StoredDelivery } from '../stores/deliveries/delivery-row.ts';
import type { DeliveryQueue } from '../stores/delivery-queue.ts';
import type { Retries } from './retries.ts';

export interface ReleasesOptions {
  readonly lists: Pick<DeliveryLists, 'inState'>;
  /** Read for each release: what an instance remembers may be the very state that has just ended. */
  readonly circuits: CircuitStore;
  readonly destination: (
    id: DestinationId,
  ) => Promise<Pick<Destination, 'enabled' | 'archivedAt' | 'circuitBreaker'> | undefined>;
  readonly queue: DeliveryQueue;
  readonly retries: Retries;
  readonly now: () => number;
}

/** Released at a time, and so in each second: what a receiver that has just come back is asked at most. */
const PAGE = 100;
const PAUSE_SECONDS = 1;
/** The oldest, of which one is the probe. The index may still show some first that are held no longer. */
const PROBE_CANDIDATES = 10;

/**
 * A message comes before the state that it belongs to, which is written while the function lives that sent it. One that is
 * not written half a minute later was lost with its function.
 */
const UNWRITTEN_MS = (DELIVERY_SECONDS + 30) * 1_000;
const UNWRITTEN_PAUSE_SECONDS = 2;

/** How long what was held by an older view may take to appear: a function's memory, its life, and the index's lag. */
const SETTLED_SECONDS = CONFIGURATION_TTL_MS / 1000 + DELIVERY_SECONDS + 25;
/** When a destination is looked through once more. The last look comes when nothing can be held by an older view any more. */
const LOOKS_SECONDS = [10, SETTLED_SECONDS];
/**
 * What was held so long before a release began was seen by an earlier look, by the number of this one. The second looks for what was being
 * held just then: what the first has sent, a receiver may be at work on for longer than ten seconds. By the last look it is not, and
 * the index may have lagged for as long as it likes.
 */
const SEEN_BEFORE_MS = [Number.POSITIVE_INFINITY, 5_000, 60_000];

/**
 * Releases what a destination holds: by sending its attempts. Whether they are made is seen when they come; one that has come
 * already, or comes twice, is told by its row. So a release may be repeated after a crash, and repeats nothing.
 */
export class Releases {
  readonly #options: ReleasesOptions;

  constructor(options: ReleasesOptions) {
    this.#options = options;
  }

  async release(message: ReleaseMessage): Promise<void> {
    const { destination: destinationOf, circuits, now } = this.#options;
    const { destinationId } = message;
    const [destination, found] = await allThrough([destinationOf(destinationId), circuits.get(destinationId)]);
    const isOff = destination?.circuitBreaker.enabled === false;
    // A function that still knows the breaker to be on may have counted or opened since it was switched off. The last look of the
    // release that this has asked for comes when there is none any more.
    const circuit = isOff ? await circuits.switchOff(destinationId, found, now()) : found;
    const earlySeconds = this.#earlySeconds(circuit, message);
    if (earlySeconds > 0) return this.#again(message, earlySeconds);
    // Of one that is deleted or archived, what comes is cancelled.
    if (!destination || destination.archivedAt !== null) return this.#releasePage(message);
    // Enabling asks for a release of its own.
    if (!destination.enabled) return;
    if (isOff) return this.#releasePage(message);
    return this.#releaseBy(circuit, message);
  }

  /**
   * For how long a message is to wait that has come before the state that it belongs to is written, or before that state's
   * probe is due: where Scheduler refuses, all come early. Whatever the destination is by then, and for two minutes or an hour at
   * most: once it takes deliveries again, nobody else would send the probe.
   */
  #earlySeconds(circuit: Circuit, { epoch, atMs }: ReleaseMessage): number {
    // Only the one that was sent for this time waits: the others would pile up with each probe.
    if (epoch === undefined || epoch < circuit.epoch) return 0;
    const nowMs = this.#options.now();
    if (epoch > circuit.epoch) return nowMs - atMs > UNWRITTEN_MS ? 0 : UNWRITTEN_PAUSE_SECONDS;
    return circuit.state === 'closed' ? 0 : Math.max(0, Math.ceil((nextProbeAtMs(circuit) - nowMs) / 1000));
  }

  async #releaseBy(circuit: Circuit, message: ReleaseMessage): Promise<void> {
    // What the circuit has become since has asked for a release of its own; what it never became needs none.
    if ((message.epoch ?? circuit.epoch) !== circuit.epoch) return;
    return circuit.state === 'closed' ? this.#releaseAll(circuit, message) : this.#releaseProbe(circuit, message);
  }

  /** All of this is of the circuit's present epoch: once it is open again, the rest is left alone. */
  #releaseAll({ epoch }: ClosedCircuit, message: ReleaseMessage): Promise<void> {
    return this.#releasePage({ ...message, epoch });
  }

  /** Sends one that is held; when it comes it finds that a probe is due. */
  async #releaseProbe(circuit: OpenCircuit | HalfOpenCircuit, message: ReleaseMessage): Promise<void> {
    const { queue, now } = this.#options;
    const lateMs = now() - nextProbeAtMs(circuit);
    if (lateMs < 0) return;
    await this.#wakeLine(message);
    const chosen = probeAmong(await this.#candidates(message.destinationId, circuit), circuit.probedWith);
    if (chosen) await queue.send({ job: nextJob(chosen) });
    // It may not come to an attempt: cancelled, or expired. And what comes from now on is a probe itself, and not held: once
    // what was on its way has settled, there is nothing left to wait for.
    if (chosen || lateMs < SETTLED_SECONDS * 1000) {
      await this.#again({ ...message, epoch: circuit.epoch }, SETTLED_SECONDS);
    }
  }

  /** The oldest; where all of these have failed, and there are more, also the newest: a receiver may refuse a dozen, and take the next. */
  async #candidates(
    destinationId: DestinationId,
    { probedWith }: OpenCircuit | HalfOpenCircuit,
  ): Promise<readonly StoredDelivery[]> {
    const { items: oldest, next } = await this.#held(destinationId, PROBE_CANDIDATES);
    const isNew = ({ id, attemptCount }: StoredDelivery) => attemptCount === 0 && id !== probedWith;
    if (next === undefined || oldest.some(isNew)) return oldest;
    const { items: newest } = await this.#options.lists.inState(destinationId, 'held', { limit: PROBE_CANDIDATES });
    return [...oldest, ...newest.toReversed()];
  }

  async #releasePage(message: ReleaseMessage): Promise<void> {
    const { queue } = this.#options;
    const { destinationId, atMs, after, look = 0 } = message;
    // With each look: a run that holds the line by an older view drops what calls it, and lives as long as its function.
    if (after === undefined) await this.#wakeLine(message);
    const { items, next } = await this.#held(destinationId, PAGE, after);
    const fromMs = atMs - (SEEN_BEFORE_MS[look] ?? 0);
    const missed = items.filter(({ heldAtMs = atMs }) => heldAtMs >= fromMs);
    await allThrough(missed.map((delivery) => queue.send({ job: nextJob(delivery) })));
    if (next !== undefined) return this.#again({ ...message, after: next }, PAUSE_SECONDS);
    const { after: _, ...first } = message;
    const lookSeconds = LOOKS_SECONDS[look];
    if (lookSeconds !== undefined) await this.#again({ ...first, look: look + 1 }, lookSeconds);
  }

  #held(destinationId: DestinationId, limit: number, after?: DeliveryId) {
    return this.#options.lists.inState(destinationId, 'held', { limit, after, oldestFirst: true });
  }

  /** What stands in the line of a destination with a pace waits for the same changes. With a time: it may sleep until a retry. */
  #wakeLine({ destinationId }: ReleaseMessage): Promise<void> {
    const { queue, now } = this.#options;
    return queue.send({ kind: 'line', destinationId, notBeforeMs: now() });
  }

  #again(message: ReleaseMessage, delaySeconds: number): Promise<void> {
    return this.#options.retries.send(message, delaySeconds);
  }
}
