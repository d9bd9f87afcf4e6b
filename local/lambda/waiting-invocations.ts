import type { Invocation } from './running-invocations.ts';

/** Invocations that no environment has room for yet, in order of arrival. */
export class WaitingInvocations {
  /** With what is to be done when an invocation waits no more. */
  readonly #waiting = new Map<Invocation, () => void>();

  get count(): number {
    return this.#waiting.size;
  }

  add(invocation: Invocation): void {
    this.#waiting.set(invocation, nothing);
  }

  /** Until it is taken, an invocation that still waits is withdrawn when `signal` is aborted. */
  withdrawWhen(signal: AbortSignal, invocation: Invocation, withdrawn: () => void): void {
    if (!this.#waiting.has(invocation)) return;
    const withdraw = () => {
      this.#remove(invocation);
      withdrawn();
    };
    signal.addEventListener('abort', withdraw, { once: true });
    this.#waiting.set(invocation, () => signal.removeEventListener('abort', withdraw));
  }

  /** Takes the next one that has a place. */
  takeFor<Place>(
    placeFor: (invocation: Invocation) => Place | undefined,
  ): { readonly invocation: Invocation; readonly place: Place } | undefined {
    for (const invocation of this.#waiting.keys()) {
      const place = placeFor(invocation);
      if (place === undefined) return undefined;
      this.#remove(invocation);
      return { invocation, place };
    }
    return undefined;
  }

  /** Takes the one that has waited longest. */
  takeOldest(): Invocation | undefined {
    return this.takeFor(() => true)?.invocation;
  }

  takeAll(): Invocation[] {
    const all = [...this.#waiting.keys()];
    for (const invocation of all) this.#remove(invocation);
    return all;
  }

  #remove(invocation: Invocation): void {
    this.#waiting.get(invocation)?.();
    this.#waiting.delete(invocation);
  }
}

function nothing(): void {}
