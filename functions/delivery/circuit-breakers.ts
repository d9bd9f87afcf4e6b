import {
  beginProbe,
  type Circuit,
  type CircuitBreaker,
  endProbe,
  isProbeDue,
  type Observation,
  observe,
} from '../../core/circuit/circuit.ts';
import type { DeliveryJob } from '../../core/deliveries/delivery.ts';
import type { AttemptOutcome } from '../../core/figures/destination-figures.ts';
import type { DestinationId, OrganizationId } from '../../core/ids.ts';
import { isoTime } from '../../core/iso-time.ts';
import { type ReleaseMessage, releaseFor } from '../messages/release.ts';
import { logger } from '../shared/logger.ts';
import { addNewest } from '../shared/newest-entries.ts';
import type { OperationalEvent } from '../shared/operational-events.ts';
import { TtlCache } from '../shared/ttl-cache.ts';
import type { CircuitChange, CircuitStore } from '../stores/deliveries/circuits.ts';

export interface CircuitBreakersOptions {
  readonly circuits: CircuitStore;
  /** When the promise resolves, the message will come. */
  readonly send: (message: ReleaseMessage, delaySeconds: number) => Promise<void>;
  readonly announce: (event: OperationalEvent) => Promise<void>;
  /** How long a circuit that was read is relied on, though others may change it. */
  readonly ttlMs: number;
  readonly now: () => number;
}

/** Names a circuit: that of one destination. */
export interface CircuitKey {
  readonly destinationId: DestinationId;
  readonly organizationId: OrganizationId;
}

const MAX_DESTINATIONS = 10_000;

/**
 * The circuits of all destinations, as one function instance sees and changes them. A destination that succeeds costs one read
 * every few seconds, as its configuration does, and no write.
 */
export class CircuitBreakers {
  readonly #options: CircuitBreakersOptions;
  readonly #cache: TtlCache<DestinationId, Circuit>;
  /** When this instance last saw each destination succeed. */
  readonly #lastSuccess = new Map<DestinationId, number>();
  /** Destinations whose probe this instance is about to begin: only one job of a batch tries to. */
  readonly #taking = new Set<DestinationId>();

  constructor(options: CircuitBreakersOptions) {
    this.#options = options;
    this.#cache = new TtlCache({
      load: (id) => options.circuits.get(id),
      ttlMs: options.ttlMs,
      maxEntries: MAX_DESTINATIONS,
    });
  }

  /** Whether an attempt is to be made, held, or made as the probe, if `probe` takes it. */
  async admit(id: DestinationId, breaker: CircuitBreaker): Promise<'send' | 'hold' | 'probe'> {
    if (!breaker.enabled) return 'send';
    const nowMs = this.#options.now();
    const circuit = await this.#cache.get(id, nowMs);
    if (circuit.state === 'closed') return 'send';
    return isProbeDue(circuit, nowMs) ? 'probe' : 'hold';
  }

  /**
   * Makes an attempt as the probe. If the circuit can't be changed afterwards, the attempt must not be
   * repeated, because it has been recorded: the probe's lease ends, and another probe is made. The same holds if nobody was
   * there to take the attempt.
   * @returns the outcome; `undefined` if another probe is under way, or `make` has made no attempt
   */
  async probe(
    job: Pick<DeliveryJob, keyof CircuitKey | 'deliveryId'>,
    make: () => Promise<AttemptOutcome | undefined>,
  ): Promise<AttemptOutcome | undefined> {
    const { destinationId } = job;
    const epoch = await this.#takeProbe(job);
    if (epoch === undefined) return undefined;
    const outcome = await make();
    if (!outcome) return undefined;
    const { succeeded } = outcome;
    try {
      await this.#endProbe(job, epoch, succeeded);
    } catch (error) {
      logger.error('what came of a probe is not recorded', { destinationId, succeeded, error });
    }
    return outcome;
  }

  /** @returns the epoch of the probe that may be made now; `undefined` if another one is under way */
  async #takeProbe({
    destinationId: id,
    deliveryId,
  }: Pick<DeliveryJob, 'destinationId' | 'deliveryId'>): Promise<number | undefined> {
    if (this.#taking.has(id)) return undefined;
    this.#taking.add(id);
    try {
      const made = await this.#change(id, (circuit, nowMs) => beginProbe(circuit, deliveryId, nowMs));
      return made?.to.epoch;
    } finally {
      this.#taking.delete(id);
    }
  }

  async #endProbe({ destinationId, organizationId }: CircuitKey, epoch: number, succeeded: boolean): Promise<void> {
    const made = await this.#change(destinationId, (circuit, nowMs) => endProbe(circuit, epoch, succeeded, nowMs));
    if (made?.to.state !== 'closed' || made.from.state === 'closed') return;
    await this.#options.announce({
      type: 'circuit.closed',
      detail: {
        organization_id: organizationId,
        destination_id: destinationId,
        opened_at: isoTime(made.from.openedAtMs),
      },
    });
  }

  /** Counts attempts that have ended: one write at most, and none if all succeeded and no failures were counted before. */
  async observe(key: CircuitKey, breaker: CircuitBreaker, outcomes: readonly AttemptOutcome[]): Promise<void> {
    if (!breaker.enabled || outcomes.length === 0) return;
    const { destinationId, organizationId } = key;
    const seen = this.#observation(destinationId, outcomes);
    const made = await this.#change(destinationId, (circuit, nowMs) => observe(circuit, seen, breaker, nowMs));
    if (made?.to.state !== 'open') return;
    logger.warn('circuit opened', { destinationId, failures: made.to.failures });
    await this.#options.announce({
      type: 'circuit.opened',
      detail: {
        organization_id: organizationId,
        destination_id: destinationId,
        failures: made.to.failures,
        opened_at: isoTime(made.to.openedAtMs),
        next_probe_at: isoTime(made.to.probeAtMs),
      },
    });
  }

  #observation(id: DestinationId, outcomes: readonly AttemptOutcome[]): Observation {
    const inOrder = outcomes.toSorted((one, other) => one.endedAtMs - other.endedAtMs);
    const lastSuccess = inOrder.findLastIndex(({ succeeded }) => succeeded);
    const failedAtMs = inOrder.slice(lastSuccess + 1).map(({ endedAtMs }) => endedAtMs);
    const seen = { succeeded: lastSuccess >= 0, failedAtMs, lastSuccessAtMs: this.#lastSuccess.get(id) };
    const success = inOrder[lastSuccess];
    if (success) addNewest(this.#lastSuccess, id, success.endedAtMs, MAX_DESTINATIONS);
    return seen;
  }

  async #change(
    id: DestinationId,
    change: (circuit: Circuit, nowMs: number) => Circuit,
  ): Promise<CircuitChange | undefined> {
    const { circuits, now, send } = this.#options;
    const nowMs = now();
    const known = await this.#cache.get(id, nowMs);
    const { circuit, made } = await circuits.change(id, {
      known,
      change: (current) => change(current, nowMs),
      beforeCommit: (next) => send(...releaseFor(id, next, nowMs)),
      nowMs,
    });
    if (circuit !== known) this.#cache.set(id, circuit, nowMs);
    return made;
  }
}
