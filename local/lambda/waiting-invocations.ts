import { ByteBudget, isSmall } from '../byte-budget.ts';
import type { Invocation } from './running-invocations.ts';

/** How many small invocations may overtake a large one. After that, nothing else begins until the large one has begun. */
const MAX_PASSING = 64;

/**
 * Memory for the payloads of one function that clients are waiting for. Large ones may take 96 MB: 16 of Lambda's 6 MB, which are
 * done within a second or two. The other 32 MB hold a burst of 2,500 requests of 13 KB each. AWS has no queue here: beyond the
 * function's concurrency, Lambda refuses.
 */
const CLIENTS_BYTES = 128 * 1024 * 1024;

interface Waiting {
  readonly arrival: number;
  /** Called when it no longer waits. */
  readonly leave: () => void;
}

/**
 * Invocations that no environment has room for yet, in order of arrival. An environment takes 6 MB of payloads in all, so one
 * large invocation can fill it for as long as it runs. The next large one then waits, and small ones overtake it. On AWS each has
 * an environment of its own.
 */
export class WaitingInvocations {
  readonly #small = new Map<Invocation, Waiting>();
  readonly #large = new Map<Invocation, Waiting>();
  readonly #clientsBytes = new ByteBudget(CLIENTS_BYTES);
  #arrivals = 0;
  /** How many have overtaken the first of the large ones. */
  #passing = 0;

  get count(): number {
    return this.#small.size + this.#large.size;
  }

  add(invocation: Invocation): void {
    this.#arrivals += 1;
    this.#laneOf(invocation).set(invocation, { arrival: this.#arrivals, leave: noop });
  }

  /**
   * Ties a waiting invocation to the client that waits for it, unless it has been taken already. It stays until it is taken or
   * `client` is aborted; in the latter case `onWithdrawn` is called.
   * @returns false if too many bytes are waiting already; the invocation is then removed
   */
  bindToClient(invocation: Invocation, client: AbortSignal, onWithdrawn: () => void): boolean {
    const lane = this.#laneOf(invocation);
    const waiting = lane.get(invocation);
    if (!waiting) return true;
    const { length } = invocation.payload;
    if (!this.#clientsBytes.take(length)) {
      this.#remove(invocation);
      return false;
    }
    const withdraw = () => {
      this.#remove(invocation);
      onWithdrawn();
    };
    client.addEventListener('abort', withdraw, { once: true });
    const leave = () => {
      client.removeEventListener('abort', withdraw);
      this.#clientsBytes.giveBack(length);
    };
    lane.set(invocation, { ...waiting, leave });
    return true;
  }

  /** Takes the next invocation for which there is room. */
  takeFor<Place>(
    placeFor: (invocation: Invocation) => Place | undefined,
  ): { readonly invocation: Invocation; readonly place: Place } | undefined {
    const [oldest, passing] = this.#next();
    for (const invocation of [oldest, passing]) {
      const place = invocation && placeFor(invocation);
      if (!invocation || place === undefined) continue;
      this.#remove(invocation);
      if (invocation === passing) this.#passing += 1;
      return { invocation, place };
    }
    return undefined;
  }

  /** Takes the one that has waited longest. */
  takeOldest(): Invocation | undefined {
    return this.takeFor(() => true)?.invocation;
  }

  takeAll(): Invocation[] {
    const all = [...this.#small.keys(), ...this.#large.keys()];
    for (const invocation of all) this.#remove(invocation);
    return all;
  }

  /** The invocation that has waited longest, and the one that may overtake it. */
  #next(): readonly [oldest?: Invocation, passing?: Invocation] {
    const small = firstOf(this.#small);
    const large = firstOf(this.#large);
    if (!small || !large) return small ? [small.invocation] : large ? [large.invocation] : [];
    // If there is no room for the small one, there is none for the large one either.
    if (small.arrival < large.arrival) return [small.invocation];
    return this.#passing < MAX_PASSING ? [large.invocation, small.invocation] : [large.invocation];
  }

  #remove(invocation: Invocation): void {
    if (firstOf(this.#large)?.invocation === invocation) this.#passing = 0;
    const lane = this.#laneOf(invocation);
    lane.get(invocation)?.leave();
    lane.delete(invocation);
  }

  #laneOf({ payload }: Invocation): Map<Invocation, Waiting> {
    return isSmall(payload.length) ? this.#small : this.#large;
  }
}

function firstOf(lane: ReadonlyMap<Invocation, Waiting>): { invocation: Invocation; arrival: number } | undefined {
  for (const [invocation, { arrival }] of lane) return { invocation, arrival };
  return undefined;
}

function noop(): void {}
