import { logger } from '../../shared/logger.ts';
import { countMetric, metricName } from '../../shared/metrics.ts';
import { POISON_RECEIVE_COUNT } from '../../shared/poison.ts';
import type { StoredDelivery } from '../../stores/deliveries/delivery-row.ts';
import type { LineEntry } from '../../stores/deliveries/line-entry-codec.ts';
import type { Stuck } from '../../stores/deliveries/line-progress.ts';
import { type LineDeliveries, NOT_BEGUN, type TurnResult } from './deliveries.ts';
import type { Failed } from './end.ts';
import { failureAfter } from './stuck.ts';

export interface LineFailuresOptions {
  readonly deliveries: Pick<LineDeliveries, 'giveUp'>;
  readonly now: () => number;
}

/** The deliveries that Hawser itself fails on in one run along a line, and the one that the line was stuck on before. */
export class LineFailures {
  readonly #options: LineFailuresOptions;
  #stuck: Stuck | undefined;
  #end: Failed | undefined;

  constructor(options: LineFailuresOptions, stuck: Stuck | undefined) {
    this.#options = options;
    this.#stuck = stuck;
  }

  /**
   * The delivery that the line was stuck on before the run, unless it has got further since. A run may end before it tries that
   * delivery again, for example because no slot is left, and must not forget how often it has failed.
   */
  get stuck(): Stuck | undefined {
    return this.#stuck;
  }

  /** How the run ends, if Hawser has failed on a delivery in it. */
  get end(): Failed | undefined {
    return this.#end;
  }

  /** To be told of each delivery that is done, waits for its next attempt, or turns out to have got further meanwhile. */
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
    // A line remembers one failed delivery: of several the one that is closest to being given up. Otherwise they would displace
    // each other.
    if (times > (this.#end?.stuck.times ?? 0)) this.#end = { kind: 'failed', stuck };
    return NOT_BEGUN;
  }
}
