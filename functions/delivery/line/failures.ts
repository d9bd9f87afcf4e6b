import type { DeliveryId } from '../../../core/ids.ts';
import { MAX_LINE_CONCURRENCY } from '../../../core/pace/pace.ts';
import { logger } from '../../shared/logger.ts';
import { countMetric, metricName } from '../../shared/metrics.ts';
import { POISON_RECEIVE_COUNT } from '../../shared/poison.ts';
import type { StoredDelivery } from '../../stores/deliveries/delivery-row.ts';
import type { LineEntry } from '../../stores/deliveries/line-entry-codec.ts';
import type { Stuck } from '../../stores/deliveries/line-progress.ts';
import type { LineDeliveries } from './deliveries.ts';
import type { TurnResult } from './results.ts';

const FIRST_PAUSE_MS = 30_000;
/** The clocks of queue and functions differ. */
const TOLERANCE_MS = 1_000;
/** If so many wait for their next try, it may not be their fault, and nothing else is begun for a while: others may fail as well. */
const MANY_STUCK = 10;
/** As many may be under way when the last of those fails. A count that is forgotten begins again, and is never over. */
const MAX_REMEMBERED = MANY_STUCK + MAX_LINE_CONCURRENCY;

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
    return this.#count > 1 || this.pausedUntilMs !== undefined;
  }

  /**
   * When the line goes on, if so many have failed that nothing is to be begun before. That is soon after the last failure, however
   * long the pauses of those deliveries are by now: it may be their fault after all.
   */
  get pausedUntilMs(): number | undefined {
    const paused = this.stuck.filter(({ untilMs }) => this.#isToCome(untilMs));
    if (paused.length < MANY_STUCK) return undefined;
    const untilMs = Math.max(...paused.map(failedAtMs)) + FIRST_PAUSE_MS;
    return this.#isToCome(untilMs) ? untilMs : undefined;
  }

  /** When the delivery may be tried again, if that is not yet. */
  stuckUntilMs({ job }: LineEntry): number | undefined {
    const stuck = this.#stuck.get(job.deliveryId);
    return stuck && this.#isToCome(stuck.untilMs) ? stuck.untilMs : undefined;
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
    const untilMs = now() + pauseMs(times);
    this.#remember({ deliveryId, times, untilMs });
    return { kind: 'stuck', untilMs };
  }

  /** If there are too many, one whose pause is over makes room. It may have left the line without a trace. */
  #remember(stuck: Stuck): void {
    this.#stuck.delete(stuck.deliveryId);
    if (this.#stuck.size >= MAX_REMEMBERED) {
      const over = this.stuck.find(({ untilMs }) => !this.#isToCome(untilMs));
      if (!over) return;
      this.#stuck.delete(over.deliveryId);
    }
    this.#stuck.set(stuck.deliveryId, stuck);
  }

  #isToCome(atMs: number): boolean {
    return this.#options.now() < atMs - TOLERANCE_MS;
  }
}

/** 30 s, then doubling: a delivery that can't be processed is given up after 7.5 min in all. */
function pauseMs(times: number): number {
  return FIRST_PAUSE_MS * 2 ** (times - 1);
}

function failedAtMs({ untilMs, times }: Stuck): number {
  return untilMs - pauseMs(times);
}
