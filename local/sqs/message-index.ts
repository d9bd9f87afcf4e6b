import type { EpochMs } from '../clock.ts';
import { type HeapItem, IndexedHeap } from './indexed-heap.ts';
import { MAX_IN_FLIGHT } from './limits.ts';

/** What is kept in memory of one message: everything except its body and attributes, which stay on disk. */
export interface IndexedMessage extends HeapItem {
  /** The order of arrival, which is also the key of the row. */
  readonly seq: number;
  readonly messageId: string;
  readonly groupId: string | undefined;
  readonly sentMs: EpochMs;
  state: 'delayed' | 'ready' | 'in flight' | 'gone';
  /** When a delayed message, or one in flight, becomes visible. */
  visibleAtMs: EpochMs;
  /** When a message in flight was received. */
  receivedMs: EpochMs;
  firstReceivedMs: EpochMs | undefined;
  receiveCount: number;
}

/** The messages of one group that wait to be received, oldest first. */
interface Lane extends HeapItem {
  readonly groupId: string | undefined;
  readonly ready: IndexedHeap<IndexedMessage>;
  inFlight: number;
}

/**
 * Which messages of one standard queue are delayed, ready and in flight, and which one is received next. Receiving takes O(log n)
 * however long the backlog is.
 *
 * Fair queues: the next message is the oldest one of the group with the fewest messages in flight. So a group that floods the
 * queue or is slow to process gets an equal share of the consumers, never all of them. Each message without a group counts as a
 * group of its own. AWS only does this for groups beyond a threshold (over 10 % of what is in flight and at least 30 messages),
 * which would seldom be reached on a machine with few consumers; here the rule applies from the first message.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues-detailed.html
 */
export class MessageIndex {
  readonly #messages = new Map<number, IndexedMessage>();
  /** Delayed or in flight. The next one to become visible comes first. */
  readonly #invisible = new IndexedHeap<IndexedMessage>(
    (a, b) => a.visibleAtMs < b.visibleAtMs || (a.visibleAtMs === b.visibleAtMs && a.seq < b.seq),
  );
  readonly #lanes = new Map<string | undefined, Lane>();
  readonly #readyLanes = new IndexedHeap<Lane>((a, b) => {
    const difference = share(a) - share(b);
    return difference < 0 || (difference === 0 && headSeq(a) < headSeq(b));
  });
  readonly #maxInFlight: number;
  #delayed = 0;
  #inFlight = 0;

  /** @param maxInFlight how many messages may be in flight at once */
  constructor(maxInFlight = MAX_IN_FLIGHT) {
    this.#maxInFlight = maxInFlight;
  }

  /** Whether the maximum number of messages is in flight, so that none is handed out. */
  get isFull(): boolean {
    return this.#inFlight >= this.#maxInFlight;
  }

  get(seq: number): IndexedMessage | undefined {
    return this.#messages.get(seq);
  }

  all(): IterableIterator<IndexedMessage> {
    return this.#messages.values();
  }

  get counts(): { total: number; ready: number; delayed: number; inFlight: number } {
    const total = this.#messages.size;
    return { total, ready: total - this.#delayed - this.#inFlight, delayed: this.#delayed, inFlight: this.#inFlight };
  }

  /** When the next delayed or in-flight message becomes visible. */
  get nextVisibleMs(): EpochMs | undefined {
    return this.#invisible.peek()?.visibleAtMs;
  }

  /** Adds a message that is not in flight. It is delayed until `visibleAtMs`, or ready if that time has come. */
  add(message: IndexedMessage, nowMs: EpochMs): void {
    this.#messages.set(message.seq, message);
    if (message.visibleAtMs > nowMs) this.#hide(message, 'delayed');
    else this.#makeReady(message);
  }

  /** Makes messages ready that have become visible by `nowMs`, because their delay or visibility timeout is over. */
  settle(nowMs: EpochMs): void {
    for (let next = this.#invisible.peek(); next && next.visibleAtMs <= nowMs; next = this.#invisible.peek()) {
      this.#leaveState(next);
      this.#makeReady(next);
    }
  }

  /**
   * The message to receive next, or `undefined` if there is none. It stays ready until `claim` or `remove`.
   * @param maxShare passes over groups that hold more than this share (0–1) of all messages in flight
   */
  next(maxShare = 1): IndexedMessage | undefined {
    const lane = this.isFull ? undefined : this.#readyLanes.peek();
    return lane && share(lane) <= maxShare * this.#inFlight ? lane.ready.peek() : undefined;
  }

  /** The oldest ready message of one group. */
  nextOfGroup(groupId: string | undefined): IndexedMessage | undefined {
    return this.isFull ? undefined : this.#lanes.get(groupId)?.ready.peek();
  }

  /** Puts a ready message in flight until `visibleAtMs`, and counts the receive. */
  claim(message: IndexedMessage, nowMs: EpochMs, visibleAtMs: EpochMs): void {
    this.#leaveState(message);
    message.receiveCount++;
    message.receivedMs = nowMs;
    message.firstReceivedMs ??= nowMs;
    message.visibleAtMs = visibleAtMs;
    this.#hide(message, 'in flight');
  }

  /** Undoes a claim that could not be stored. */
  unclaim(message: IndexedMessage): void {
    if (message.state !== 'in flight') return;
    message.receiveCount--;
    if (message.receiveCount === 0) message.firstReceivedMs = undefined;
    this.#leaveState(message);
    this.#makeReady(message);
  }

  /** Changes when a message in flight becomes visible again. */
  setVisibleAt(message: IndexedMessage, visibleAtMs: EpochMs): void {
    message.visibleAtMs = visibleAtMs;
    this.#invisible.update(message);
  }

  remove(message: IndexedMessage): void {
    if (message.state === 'gone') return;
    this.#leaveState(message);
    message.state = 'gone';
    this.#messages.delete(message.seq);
  }

  #hide(message: IndexedMessage, state: 'delayed' | 'in flight'): void {
    message.state = state;
    this.#invisible.push(message);
    if (state === 'delayed') {
      this.#delayed++;
      return;
    }
    this.#inFlight++;
    const lane = this.#lane(message.groupId);
    lane.inFlight++;
    if (lane.ready.size > 0) this.#readyLanes.update(lane);
  }

  #makeReady(message: IndexedMessage): void {
    message.state = 'ready';
    const lane = this.#lane(message.groupId);
    lane.ready.push(message);
    if (lane.heapIndex === -1) this.#readyLanes.push(lane);
    else this.#readyLanes.update(lane);
  }

  /** Removes the message from the structures of its present state. The caller adds it to those of the next one. */
  #leaveState(message: IndexedMessage): void {
    const lane = this.#lane(message.groupId);
    if (message.state === 'ready') {
      lane.ready.remove(message);
      if (lane.ready.size === 0) this.#readyLanes.remove(lane);
      else this.#readyLanes.update(lane);
    } else {
      this.#invisible.remove(message);
      if (message.state === 'delayed') this.#delayed--;
      else {
        this.#inFlight--;
        lane.inFlight--;
        if (lane.ready.size > 0) this.#readyLanes.update(lane);
      }
    }
    if (lane.ready.size === 0 && lane.inFlight === 0) this.#lanes.delete(message.groupId);
  }

  #lane(groupId: string | undefined): Lane {
    let lane = this.#lanes.get(groupId);
    if (!lane) {
      lane = { groupId, ready: new IndexedHeap((a, b) => a.seq < b.seq), inFlight: 0, heapIndex: -1 };
      this.#lanes.set(groupId, lane);
    }
    return lane;
  }
}

/** How much of the consumers a lane holds. It is 0 for messages without a group: they share a lane, but each is its own group. */
function share(lane: Lane): number {
  return lane.groupId === undefined ? 0 : lane.inFlight;
}

function headSeq(lane: Lane): number {
  return lane.ready.peek()?.seq ?? Number.POSITIVE_INFINITY;
}
