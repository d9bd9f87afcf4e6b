import { allSettledOrThrow } from '../../core/all-settled-or-throw.ts';
import {
  type Circuit,
  type ClosedCircuit,
  type HalfOpenCircuit,
  nextProbeAtMs,
  type OpenCircuit,
} from '../../core/circuit/circuit.ts';
import { probeAmong } from '../../core/circuit/probe-choice.ts';
import { nextJob } from '../../core/deliveries/delivery.ts';
import type { Destination } from '../../core/destinations/destination.ts';
import type { DeliveryId, DestinationId } from '../../core/ids.ts';
import { CONFIGURATION_TTL_MS, DELIVERY_SECONDS } from '../lifetimes.ts';
import type { ReleaseMessage } from '../messages/release.ts';
import type { CircuitStore } from '../stores/deliveries/circuits.ts';
import type { DeliveryLists } from '../stores/deliveries/delivery-lists.ts';
import type { StoredDelivery } from '../stores/deliveries/delivery-row.ts';
import type { DeliveryQueue } from '../stores/delivery-queue.ts';
import type { DelayedSender } from './delayed-sender.ts';

export interface ReleasesOptions {
  readonly lists: Pick<DeliveryLists, 'inState'>;
  /** Read anew for each release: what an instance remembers may be the very state that has just ended. */
  readonly circuits: CircuitStore;
  readonly destination: (
    id: DestinationId,
  ) => Promise<Pick<Destination, 'enabled' | 'archivedAt' | 'circuitBreaker'> | undefined>;
  readonly queue: DeliveryQueue;
  readonly delayedSender: DelayedSender;
  readonly now: () => number;
}

/** How many are released at a time, and so per second: the most that is sent to a receiver that has just come back. */
const PAGE = 100;
const PAUSE_SECONDS = 1;
/** How many of the oldest the probe is chosen from. The index may still list some that are no longer held. */
const PROBE_CANDIDATES = 10;

/**
 * A message is sent before the state that it belongs to is written, by the same function. A state that is not there half a
 * minute after the end of such a function was lost with it.
 */
const UNWRITTEN_MS = (DELIVERY_SECONDS + 30) * 1_000;
const UNWRITTEN_PAUSE_SECONDS = 2;

/**
 * How long it may take until all that was held by a function with an outdated view is listed: the time for which it remembers a
 * destination, its life, and the lag of the index.
 */
const SETTLED_SECONDS = CONFIGURATION_TTL_MS / 1000 + DELIVERY_SECONDS + 25;
/**
 * When the list of a destination is gone through again. By the last pass, no function with an outdated view can hold anything
 * any more.
 */
const LATER_PASSES_SECONDS = [10, SETTLED_SECONDS];
/**
 * Indexed by the number of the pass. What had been held for longer than this when the release began was sent by an earlier pass,
 * and is skipped. The second pass sends only what was being held at that moment, because a receiver may work for longer than ten
 * seconds on what the first pass has sent. By the last pass it has finished, so that pass reaches further back, for an index
 * that lagged.
 */
const SEEN_BEFORE_MS = [Number.POSITIVE_INFINITY, 5_000, 60_000];

/**
 * Releases what a destination holds, by sending its attempts. Whether an attempt is made is decided when its message comes; the
 * row reveals a message that comes twice, or an attempt that has been made already. So a release may be repeated after a crash,
 * and repeats no attempt.
 */
export class Releases {
  readonly #options: ReleasesOptions;

  constructor(options: ReleasesOptions) {
    this.#options = options;
  }

  async release(message: ReleaseMessage): Promise<void> {
    const { destination: destinationOf, circuits, now } = this.#options;
    const { destinationId } = message;
    const [destination, found] = await allSettledOrThrow([destinationOf(destinationId), circuits.get(destinationId)]);
    const isOff = destination?.circuitBreaker.enabled === false;
    // A function that still takes the breaker for enabled may have counted failures, or opened the circuit, since it was
    // switched off. Switching it off sends a release, whose last pass comes when there is no such function any more.
    const circuit = isOff ? await circuits.switchOff(destinationId, found, now()) : found;
    const earlySeconds = this.#earlySeconds(circuit, message);
    if (earlySeconds > 0) return this.#again(message, earlySeconds);
    // If it is deleted or archived, what is released is cancelled when it comes.
    if (!destination || destination.archivedAt !== null) return this.#releasePage(message);
    // Enabling sends a release of its own.
    if (!destination.enabled) return;
    if (isOff) return this.#releasePage(message);
    return this.#releaseBy(circuit, message);
  }

  /**
   * How long a message must still wait. It may come before the state that it belongs to is written, or before that state's
   * probe is due: if Scheduler refuses, all come early. It waits whatever the destination is by then, for two minutes or an
   * hour at most: once the destination takes deliveries again, nobody else would send the probe.
   */
  #earlySeconds(circuit: Circuit, { epoch, atMs }: ReleaseMessage): number {
    // Only a message of the present state waits: those of earlier states would pile up with each probe.
    if (epoch === undefined || epoch < circuit.epoch) return 0;
    const nowMs = this.#options.now();
    if (epoch > circuit.epoch) return nowMs - atMs > UNWRITTEN_MS ? 0 : UNWRITTEN_PAUSE_SECONDS;
    return circuit.state === 'closed' ? 0 : Math.max(0, Math.ceil((nextProbeAtMs(circuit) - nowMs) / 1000));
  }

  async #releaseBy(circuit: Circuit, message: ReleaseMessage): Promise<void> {
    // If the circuit has changed since, the change has sent a release of its own. If it never got into this state, none is
    // needed.
    if ((message.epoch ?? circuit.epoch) !== circuit.epoch) return;
    return circuit.state === 'closed' ? this.#releaseAll(circuit, message) : this.#releaseProbe(circuit, message);
  }

  /** All pages carry the circuit's present epoch: once it is open again, the rest is left alone. */
  #releaseAll({ epoch }: ClosedCircuit, message: ReleaseMessage): Promise<void> {
    return this.#releasePage({ ...message, epoch });
  }

  /** Sends one held delivery. When it comes, it finds that a probe is due. */
  async #releaseProbe(circuit: OpenCircuit | HalfOpenCircuit, message: ReleaseMessage): Promise<void> {
    const { queue, now } = this.#options;
    const lateMs = now() - nextProbeAtMs(circuit);
    if (lateMs < 0) return;
    await this.#wakeLine(message);
    const chosen = probeAmong(await this.#candidates(message.destinationId, circuit), circuit.probedWith);
    if (chosen) await queue.send({ job: nextJob(chosen) });
    // It may never get to its attempt, because it is cancelled or expired: then the next one is sent. If none is held, whatever
    // comes from now on is the probe itself, and not held: once what was on its way has settled, there is nothing left to wait
    // for.
    if (chosen || lateMs < SETTLED_SECONDS * 1000) {
      await this.#again({ ...message, epoch: circuit.epoch }, SETTLED_SECONDS);
    }
  }

  /**
   * The oldest. If all of these have failed, and there are more, also the newest: a receiver may refuse a dozen, and take the
   * next.
   */
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
    const { destinationId, atMs, after, pass = 0 } = message;
    // With each pass: a run with an outdated view may have the line until its function ends, and messages that find the line
    // taken are dropped.
    if (after === undefined) await this.#wakeLine(message);
    const { items, next } = await this.#held(destinationId, PAGE, after);
    const fromMs = atMs - (SEEN_BEFORE_MS[pass] ?? 0);
    const missed = items.filter(({ heldAtMs = atMs }) => heldAtMs >= fromMs);
    await allSettledOrThrow(missed.map((delivery) => queue.send({ job: nextJob(delivery) })));
    if (next !== undefined) return this.#again({ ...message, after: next }, PAUSE_SECONDS);
    const { after: _, ...first } = message;
    const nextPassSeconds = LATER_PASSES_SECONDS[pass];
    if (nextPassSeconds !== undefined) await this.#again({ ...first, pass: pass + 1 }, nextPassSeconds);
  }

  #held(destinationId: DestinationId, limit: number, after?: DeliveryId) {
    return this.#options.lists.inState(destinationId, 'held', { limit, after, oldestFirst: true });
  }

  /**
   * Deliveries in the line of a destination with a pace wait for the same changes. `notBeforeMs` wakes a line that sleeps until
   * a retry.
   */
  #wakeLine({ destinationId }: ReleaseMessage): Promise<void> {
    const { queue, now } = this.#options;
    return queue.send({ kind: 'line', destinationId, notBeforeMs: now() });
  }

  #again(message: ReleaseMessage, delaySeconds: number): Promise<void> {
    return this.#options.delayedSender.sendAfter(message, delaySeconds);
  }
}
