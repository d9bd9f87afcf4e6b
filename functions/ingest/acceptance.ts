import type { RequestHead } from '../../core/events/stored-request.ts';
import { type EventId, newEventId } from '../../core/ids.ts';
import { copyDigest } from '../../core/ingest/deduplication.ts';
import type { ReceivedRequest } from '../../core/ingest/received-request.ts';
import type { Source } from '../../core/ingest/source.ts';
import { removeCredential } from '../../core/verification/remove-credential.ts';
import type { Verifier } from '../../core/verification/scheme.ts';
import type { CopyStore } from '../stores/config/copies.ts';
import type { EventStore } from '../stores/events.ts';

const DAY_SECONDS = 86_400;

export interface Accepted {
  readonly id: EventId;
  /** Whether another copy of this webhook had been stored already. */
  readonly isCopy: boolean;
}

/** Stores webhooks, and each only once if their source can recognize copies. */
export class Acceptance {
  readonly #options: { readonly events: EventStore; readonly copies: CopyStore; readonly retentionDays: number };

  constructor(options: { readonly events: EventStore; readonly copies: CopyStore; readonly retentionDays: number }) {
    this.#options = options;
  }

  /**
   * Once the promise resolves, the webhook or a copy of it is stored durably.
   * @param request has been verified, if its source requires that
   */
  async accept(
    source: Source,
    request: ReceivedRequest,
    verifier: Verifier | undefined,
    nowMs: number,
  ): Promise<Accepted> {
    const { events } = this.#options;
    const head = removeCredential(request.head, verifier?.carrier);
    const digest = source.deduplication && copyDigest(source.id, source.deduplication, request, verifier);
    if (!digest) return { id: await events.put(source, head, request.body, nowMs), isCopy: false };
    return this.#acceptOnce(source, digest, head, request.body, nowMs);
  }

  /**
   * All copies share one id, which the first copy decides, and only one row can exist under it. So if the function dies
   * between deciding the id and storing the event, nothing is lost: the sender's next copy is stored. And two copies at
   * the same moment need not wait for each other.
   */
  async #acceptOnce(
    source: Source,
    digest: string,
    head: RequestHead,
    body: Uint8Array,
    nowMs: number,
  ): Promise<Accepted> {
    const { events, copies, retentionDays } = this.#options;
    const proposed = newEventId(source.id, nowMs);
    // Once the event has expired, nothing proves that a copy was stored.
    const windowSeconds = Math.min(source.deduplication?.window_seconds ?? 0, retentionDays * DAY_SECONDS);
    const id = await copies.eventIdOf(digest, proposed, new Date(nowMs), windowSeconds);
    // A read costs a tenth of the write that would be refused, and may save uploading a large body.
    if (id !== proposed && (await events.get(source.id, id))) return { id, isCopy: true };
    return { id, isCopy: !(await events.putAs(id, source, head, body, nowMs)) };
  }
}
