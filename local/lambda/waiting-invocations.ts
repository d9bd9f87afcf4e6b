import { ByteBudget, isSmall } from '../byte-budget.ts';
import type { Invocation } from './running-invocations.ts';

/** Small invocations that begin before a large one which has waited longer. Then nothing does, until it has begun. */
const MAX_PASSING = 64;

/**
 * Payloads of one function that clients wait for: large ones may take 96 MB, 16 of Lambda's 6 MB, which are done within a second
 * or two. The 32 MB that are left are the 2,500 requests of a burst with 13 KB each. AWS has no queue here: beyond the function's
 * concurrency Lambda refuses.
 */
const CLIENTS_BYTES = 128 * 1024 * 1024;

interface Waiting {
  readonly arrival: number;
  /** What is to be done when it waits no more. */
  readonly leave: () => void;
}

/**
 * Invocations that no environment has room for yet, in order of arrival. An environment takes payloads of 6 MB in all, so one
 * large one can fill it for as long as it runs: the next large one waits, and what is small goes past it. On AWS each has an
 * environment of its own.
 */
export class WaitingInvocations {
  readonly #small = new Map<Invocation, Waiting>();
  readonly #large = new Map<Invocation, Waiting>();
  readonly #clientsBytes = new ByteBudget(CLIENTS_BYTES);
  #arrivals = 0;
  /** How many have gone past the first of the large ones. */
  #passing = 0;

  get count(): number {
    return this.#small.size + this.#large.size;
  }

  add(invocation: Invocation): void {
    this.#arrivals += 1;
    this.#laneOf(invocation).set(invocation, { arrival: this.#arrivals, leave: nothing });
  }

  /**
   * Keeps an invocation that a client waits for, if it has not been taken already: until it is, or `client` is aborted. That is
   * what `gone` is told. @returns false where too much waits: it is taken out
   */
  keep(invocation: Invocation, client: AbortSignal, gone: () => void): boolean {
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
      gone();
    };
    client.addEventListener('abort', withdraw, { once: true });
    const leave = () => {
      client.removeEventListener('abort', withdraw);
      this.#clientsBytes.giveBack(length);
    };
    lane.set(invocation, { ...waiting, leave });
    return true;
  }

  /** Takes the next one that has a place. */
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

  /** The one that has waited longest, and the one that may go past it. */
  #next(): readonly [oldest?: Invocation, passing?: Invocation] {
    const small = firstOf(this.#small);
    const large = firstOf(this.#large);
    if (!small || !large) return small ? [small.invocation] : large ? [large.invocation] : [];
    // Where there is no room for a small one, there is none for a large one.
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

function nothing(): void {}
