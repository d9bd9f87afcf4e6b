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

export interface LineFailuresOptions {
  readonly deliveries: Pick<LineDeliveries, 'giveUp'>;
  readonly now: () => number;
}

/** The deliveries that Hawser itself fails on in one run along a line, and the one that the line was stuck on before. */
export class LineFailures {
  readonly #options: LineFailuresOptions;
  /** The delivery that the line was stuck on before the run, unless it has got further since. */
  #stuck: Stuck | undefined;
  /** Of those that failed in the run, the one that is closest to being given up: otherwise they would displace each other. */
  #failed: Stuck | undefined;
  #count = 0;

  constructor(options: LineFailuresOptions, stuck: Stuck | undefined) {
    this.#options = options;
    this.#stuck = stuck;
  }

  /**
   * What the line is stuck on. A run may end before it tries the delivery again that the line was stuck on before, for example
   * because no slot is left, and must not forget how often it has failed.
   */
  get stuck(): Stuck | undefined {
    return this.#failed ?? this.#stuck;
  }

  /** Whether more than one has failed, so that the services that Hawser calls may be at fault. */
  get areMany(): boolean {
    return this.#count > 1;
  }

  /** When the delivery may be tried again, if that is not yet. */
  stuckUntilMs({ job }: LineEntry): number | undefined {
    const stuck = this.#stuck;
    return stuck?.deliveryId === job.deliveryId && isPaused(stuck, this.#options.now()) ? stuck.untilMs : undefined;
  }

  /** Must be called for each delivery that is done, waits for its next attempt, or turns out to have got further meanwhile. */
  passed({ job }: LineEntry): void {
    if (job.deliveryId === this.#stuck?.deliveryId) this.#stuck = undefined;
  }

  /**
   * Leaves the delivery for another try, or gives it up after the last one.
   * @param row the delivery's row when it was tried, if it had one
   */
  async add(one: LineEntry, row: StoredDelivery | undefined, error: Error): Promise<TurnResult> {
    const { deliveries, now } = this.#options;
    const { deliveryId } = one.job;
    const stuck = failureAfter(this.#stuck, deliveryId, now());
    const { times } = stuck;
    logger.error('a delivery could not be processed; it stays in its line', { deliveryId, times, error });
    // Counted here, because no message comes back: the next run has one of its own.
    countMetric(metricName.unprocessed, {}, now());
    if (times >= POISON_RECEIVE_COUNT) return deliveries.giveUp(one, row);
    this.#count++;
    if (times > (this.#failed?.times ?? 0)) this.#failed = stuck;
    return { kind: 'stuck', untilMs: stuck.untilMs };
  }
}

/**
 * What a line is stuck on after this delivery has failed. If the line is stuck on another one, a failure during that one's pause
 * is not counted: each event that arrives makes a run, which fails for the same reason as before. So it takes time to give a
 * delivery up, not a number of events.
 */
function failureAfter(stuck: Stuck | undefined, deliveryId: DeliveryId, nowMs: number): Stuck {
  if (stuck && isPaused(stuck, nowMs)) return stuck;
  const times = (stuck?.deliveryId === deliveryId ? stuck.times : 0) + 1;
  return { deliveryId, times, untilMs: nowMs + FIRST_PAUSE_SECONDS * 2 ** (times - 1) * 1_000 };
}

/** Whether the delivery is not to be tried again yet. */
function isPaused({ untilMs }: Stuck, nowMs: number): boolean {
  return nowMs < untilMs - TOLERANCE_MS;
}
