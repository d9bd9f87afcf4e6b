import type { DeliveryJob } from '../../core/deliveries/delivery.ts';
import { decodeRequest, type StoredRequest } from '../../core/events/stored-request.ts';
import { MAX_JSON_BYTES } from '../../core/ingest/received-request.ts';
import { NO_KEY, type OrderingKey, orderingGroup } from '../../core/pace/ordering-key.ts';
import type { Ordering } from '../../core/pace/pace.ts';
import type { LineEntry } from '../stores/deliveries/line-entry-codec.ts';
import { ByteBudget } from './byte-budget.ts';
import { bytesToRead } from './bytes-to-read.ts';

/** With plain `fifo`, the whole line is one group. */
const WHOLE_LINE = '';
const NOT_READ = new Uint8Array();

/** Finds the group in which each delivery is ordered in its line. */
export class LineGroups {
  readonly #bodyOf: (request: StoredRequest) => Promise<Uint8Array | undefined>;
  /** Limits the bodies that are searched for keys: a hundred events may come at once, for each of many destinations. */
  readonly #bodies = new ByteBudget(MAX_JSON_BYTES);

  constructor(bodyOf: (request: StoredRequest) => Promise<Uint8Array | undefined>) {
    this.#bodyOf = bodyOf;
  }

  /**
   * The entry of a delivery: its job and the group in which it is ordered.
   * @param encoded the stored request, asked for only if the group depends on it
   * @returns `undefined` if the group depends on it and the event has expired
   */
  async entryOf(
    job: DeliveryJob,
    ordering: Ordering,
    encoded: () => Promise<Uint8Array | undefined>,
  ): Promise<LineEntry | undefined> {
    if (ordering === 'none') return { job };
    if (ordering === 'fifo') return { job, group: WHOLE_LINE };
    const request = await encoded();
    const group = request && (await this.#groupOf(ordering.fifoBy, request));
    return group === undefined ? undefined : { job, group };
  }

  async #groupOf(key: OrderingKey, encoded: Uint8Array): Promise<string | undefined> {
    if ('header' in key) return orderingGroup(key, { head: decodeRequest(encoded).head, body: NOT_READ });
    return this.#bodies.use(bytesToRead(encoded, MAX_JSON_BYTES), async () => {
      const request = decodeRequest(encoded);
      // A body too long to be parsed has no key, so it is not fetched.
      if (request.body.kind === 'object' && request.body.sizeBytes > MAX_JSON_BYTES) return NO_KEY;
      const body = await this.#bodyOf(request);
      return body && orderingGroup(key, { head: request.head, body });
    });
  }
}
