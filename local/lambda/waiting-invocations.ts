import { isSmall } from '../byte-budget.ts';
import type { Invocation } from './running-invocations.ts';

/** Small invocations that begin before a large one which has waited longer. Then nothing does, until it has begun. */
const MAX_PASSING = 64;

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

  /** Until it is taken, an invocation that still waits is withdrawn when `signal` is aborted. */
  withdrawWhen(signal: AbortSignal, invocation: Invocation, withdrawn: () => void): void {
    const waiting = this.#laneOf(invocation).get(invocation);
    if (!waiting) return;
    const withdraw = () => {
      this.#remove(invocation);
      withdrawn();
    };
    signal.addEventListener('abort', withdraw, { once: true });
    const leave = () => signal.removeEventListener('abort', withdraw);
    this.#laneOf(invocation).set(invocation, { ...waiting, leave });
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
