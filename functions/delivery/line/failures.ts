import type { DeliveryId } from '../../../core/ids.ts';
import { logger } from '../../shared/logger.ts';
import { countMetric, metricName } from '../../shared/metrics.ts';
import { POISON_RECEIVE_COUNT } from '../../shared/poison.ts';
import type { StoredDelivery } from '../../stores/deliveries/delivery-row.ts';
import type { LineEntry } from '../../stores/deliveries/line-entry-codec.ts';
import type { Stuck } from '../../stores/deliveries/line-progress.ts';
import type { LineDeliveries } from './deliveries.ts';
import type { TurnResult } from './results.ts';

/** 30 s, then doubling: a delivery that can't be processed is given up after 7.5 min in all. */
const FIRST_PAUSE_SECONDS = 30;
/** The clocks of queue and functions differ. */
const TOLERANCE_MS = 1_000;
/**
 * How many are remembered. If so many wait for their next try, it isn't their fault, and nothing else is begun: others would fail
 * as well, and again with each event that arrives.
 */
const MAX_STUCK = 10;

export interface LineFailuresOptions {
  readonly deliveries: Pick<LineDeliveries, 'giveUp'>;
  readonly now: () => number;
}

/** The deliveries of a line that Hawser itself has failed on, in one run and before. */
export class LineFailures {
  readonly #options: LineFailuresOptions;
  /**
   * The latest failure is the last one. A run may end before it tries a delivery again, for example because no slot is left, and
   * must not forget how often it has failed.
   */
  readonly #stuck: Map<DeliveryId, Stuck>;
  /** How many have failed in the run. */
  #count = 0;

  constructor(options: LineFailuresOptions, stuck: readonly Stuck[] = []) {
    this.#options = options;
    this.#stuck = new Map(stuck.map((one) => [one.deliveryId, one]));
  }

  get stuck(): readonly Stuck[] {
    return [...this.#stuck.values()];
  }

  /** Whether more than one has failed in the run, or many before, so that the services that Hawser calls may be at fault. */
  get areMany(): boolean {
    return this.#count > 1 || this.allPausedUntilMs !== undefined;
  }

  /** When the first of them may be tried again, if there are so many that nothing else is to be tried before. */
  get allPausedUntilMs(): number | undefined {
    const paused = this.stuck.filter((one) => this.#isPaused(one));
    return paused.length < MAX_STUCK ? undefined : Math.min(...paused.map(({ untilMs }) => untilMs));
  }

  /** When the delivery may be tried again, if that is not yet. */
  stuckUntilMs({ job }: LineEntry): number | undefined {
    const stuck = this.#stuck.get(job.deliveryId);
    return stuck && this.#isPaused(stuck) ? stuck.untilMs : undefined;
  }

  /** Must be called for each delivery that is done, waits for its next attempt, or turns out to have got further meanwhile. */
  passed({ job }: LineEntry): void {
    this.#stuck.delete(job.deliveryId);
  }

  /**
   * Leaves the delivery for another try, or gives it up after the last one.
   * @param row the delivery's row when it was tried, if it had one
   */
  async add(one: LineEntry, row: StoredDelivery | undefined, error: Error): Promise<TurnResult> {
    const { deliveries, now } = this.#options;
    const { deliveryId } = one.job;
    const times = (this.#stuck.get(deliveryId)?.times ?? 0) + 1;
    logger.error('a delivery could not be processed; it stays in its line', { deliveryId, times, error });
    // Counted here, because no message comes back: the next run has one of its own.
    countMetric(metricName.unprocessed, {}, now());
    if (times >= POISON_RECEIVE_COUNT) return deliveries.giveUp(one, row);
    this.#count++;
    const untilMs = now() + FIRST_PAUSE_SECONDS * 2 ** (times - 1) * 1_000;
    this.#remember({ deliveryId, times, untilMs });
    return { kind: 'stuck', untilMs };
  }

  /** If there are too many, one whose pause is over makes room. It may have left the line without a trace. */
  #remember(stuck: Stuck): void {
    this.#stuck.delete(stuck.deliveryId);
    if (this.#stuck.size >= MAX_STUCK) {
      const over = this.stuck.find((one) => !this.#isPaused(one));
      if (!over) return;
      this.#stuck.delete(over.deliveryId);
    }
    this.#stuck.set(stuck.deliveryId, stuck);
  }

  #isPaused({ untilMs }: Stuck): boolean {
    return this.#options.now() < untilMs - TOLERANCE_MS;
  }
}
