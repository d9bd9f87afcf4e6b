import { logger } from '../../shared/logger.ts';
import { countMetric, metricName } from '../../shared/metrics.ts';
import { POISON_RECEIVE_COUNT } from '../../shared/poison.ts';
import type { StoredDelivery } from '../../stores/deliveries/delivery-row.ts';
import type { Stuck } from '../../stores/deliveries/line-progress.ts';
import type { Waiting } from '../../stores/deliveries/waiting-codec.ts';
import { type LineDeliveries, NOT_BEGUN, type Turn } from './deliveries.ts';
import type { Failed } from './end.ts';
import { failureAfter } from './stuck.ts';

export interface LineFailuresOptions {
  readonly deliveries: Pick<LineDeliveries, 'giveUp'>;
  readonly now: () => number;
}

/** What Hawser itself fails on in one run along a line, and what the line has been stuck on before it. */
export class LineFailures {
  readonly #options: LineFailuresOptions;
  #stuck: Stuck | undefined;
  #end: Failed | undefined;

  constructor(options: LineFailuresOptions, stuck: Stuck | undefined) {
    this.#options = options;
    this.#stuck = stuck;
  }

  /**
   * What the line has been stuck on before, unless that has got further by now. A run that ends before it is tried again, for want
   * of a slot for one, must not forget how often it was.
   */
  get stuck(): Stuck | undefined {
    return this.#stuck;
  }

  /** How the run ends by what has failed, if something has. */
  get end(): Failed | undefined {
    return this.#end;
  }

  /** A delivery is done, waits for its next attempt, or was found to have got further meanwhile. */
  passed({ job }: Waiting): void {
    if (job.deliveryId === this.#stuck?.deliveryId) this.#stuck = undefined;
  }

  /**
   * It is tried again, or given up at last.
   * @param row of the delivery as it was tried, if it has one
   */
  async add(one: Waiting, row: StoredDelivery | undefined, error: Error): Promise<Turn> {
    const { deliveries, now } = this.#options;
    const { deliveryId } = one.job;
    const stuck = failureAfter(this.#stuck, deliveryId, now());
    const { times } = stuck;
    logger.error('a delivery could not be processed; it stays in its line', { deliveryId, times, error });
    // No message comes back that could tell: the next run has one of its own.
    countMetric(metricName.unprocessed, {}, now());
    if (times >= POISON_RECEIVE_COUNT) return deliveries.giveUp(one, row);
    // Of several the one that is given up first: a line remembers one, and another would take its place.
    if (times > (this.#end?.stuck.times ?? 0)) this.#end = { kind: 'failed', stuck };
    return NOT_BEGUN;
  }
}
