import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deliveryIdOf, newEventId, newId } from '../ids.ts';
import {
  beginProbe,
  type Circuit,
  close,
  DEFAULT_CIRCUIT_BREAKER,
  endProbe,
  isProbeDue,
  NEW_CIRCUIT,
  nextProbeAtMs,
  observe,
  PROBE_LEASE_SECONDS,
  switchOff,
} from './circuit.ts';

const T = Date.UTC(2026, 10, 22);
const probedWith = deliveryIdOf(newEventId(newId('src'), T), newId('con'));
const breaker = DEFAULT_CIRCUIT_BREAKER;
const failing = (...failedAtMs: number[]) => ({ succeeded: false, failedAtMs });
const fail = (circuit: Circuit, atMs: number) => observe(circuit, failing(atMs), breaker, atMs);

function opened(atMs = T): Circuit {
  return observe(NEW_CIRCUIT, failing(...Array<number>(5).fill(atMs)), breaker, atMs);
}

describe('a circuit', () => {
  it('a circuit opens at the fifth failure in a row and not before', () => {
    const states: string[] = [];
    let circuit: Circuit = NEW_CIRCUIT;
    for (let n = 0; n < 5; n++) {
      circuit = fail(circuit, T + n);
      states.push(circuit.state);
    }
    expect(states).toEqual(['closed', 'closed', 'closed', 'closed', 'open']);
    expect(circuit).toMatchObject({ failures: 5, openedAtMs: T + 4, probeAtMs: T + 60_004, lastFailureAtMs: T + 4 });
  });

  it('a circuit opens at the threshold of its own breaker', () => {
    const own = { ...breaker, failureThreshold: 2, cooldownSeconds: 7 };
    expect(observe(NEW_CIRCUIT, failing(T, T), own, T)).toMatchObject({ state: 'open', probeAtMs: T + 7_000 });
  });

  it('a success restarts the count of failures', () => {
    const four = observe(NEW_CIRCUIT, failing(T, T, T, T), breaker, T);
    const after = observe(four, { succeeded: true, failedAtMs: [T + 1] }, breaker, T + 1);
    expect(after).toEqual({ state: 'closed', epoch: 0, failures: 1, failingSinceMs: T + 1, lastFailureAtMs: T + 1 });
    expect(observe(four, { succeeded: true, failedAtMs: [] }, breaker, T + 1)).toMatchObject({ failures: 0 });
  });

  it('failures of several instances do not add up across a success that one of them saw', () => {
    const four = observe(NEW_CIRCUIT, failing(T, T, T, T), breaker, T);
    const seen = { ...failing(T + 2), lastSuccessAtMs: T + 1 };
    expect(observe(four, seen, breaker, T + 2)).toMatchObject({ state: 'closed', failures: 1, failingSinceMs: T + 2 });
    const before = { ...failing(T + 2), lastSuccessAtMs: T - 1 };
    expect(observe(four, before, breaker, T + 2).state).toBe('open');
  });

  it('a circuit records when the failures began and when the last one was', () => {
    const two = fail(fail(NEW_CIRCUIT, T), T + 2);
    const seen = { ...failing(T + 3), lastSuccessAtMs: T + 1 };
    expect(observe(two, seen, breaker, T + 3)).toMatchObject({ failures: 1 });
  });

  it('a circuit stays the same object while all attempts succeed, so nothing is written', () => {
    expect(observe(NEW_CIRCUIT, { succeeded: true, failedAtMs: [], lastSuccessAtMs: T }, breaker, T)).toBe(NEW_CIRCUIT);
  });

  it('an open circuit ignores attempts that were under way when it opened', () => {
    const open = opened();
    expect(fail(open, T + 1)).toBe(open);
    expect(observe(open, { succeeded: true, failedAtMs: [] }, breaker, T + 1)).toBe(open);
  });

  it('probes are due after 60 s, 120 s and so on, up to an hour', () => {
    let circuit = opened();
    const waits: number[] = [];
    let nowMs = T;
    for (let probe = 0; probe < 9; probe++) {
      if (circuit.state === 'closed') throw new Error('closed');
      const dueMs = nextProbeAtMs(circuit);
      waits.push((dueMs - nowMs) / 1000);
      expect(beginProbe(circuit, probedWith, dueMs - 1)).toBe(circuit);
      const probing = beginProbe(circuit, probedWith, dueMs);
      circuit = endProbe(probing, probing.epoch, false, dueMs);
      nowMs = dueMs;
    }
    expect(waits).toEqual([60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]);
    expect(circuit).toMatchObject({ state: 'open', failures: 14, openedAtMs: T });
  });

  it('a circuit whose breaker is switched off is closed with no failures counted', () => {
    const [counting, open] = [fail(NEW_CIRCUIT, T), opened()];
    for (const circuit of [counting, open, beginProbe(open, probedWith, T + 60_000)]) {
      const closed = switchOff(circuit);
      expect(closed).toEqual({ state: 'closed', epoch: circuit.epoch + 1, failures: 0, lastFailureAtMs: T });
      expect(switchOff(closed)).toBe(closed);
    }
  });

  it('a successful probe closes a circuit and resets its cooldown', () => {
    const probing = beginProbe(opened(), probedWith, T + 60_000);
    const closed = endProbe(probing, probing.epoch, true, T + 60_100);
    expect(closed).toEqual({ state: 'closed', epoch: 3, failures: 0, lastFailureAtMs: T });
    expect(observe(closed, failing(T, T, T, T, T), breaker, T)).toMatchObject({ state: 'open', cooldownSeconds: 60 });
  });

  it('a circuit remembers the delivery of its last probe until it closes', () => {
    const probing = beginProbe(opened(), probedWith, T + 60_000);
    const again = endProbe(probing, probing.epoch, false, T + 60_100);
    expect([probing, again]).toMatchObject([{ probedWith }, { state: 'open', probedWith }]);
    const other = deliveryIdOf(newEventId(newId('src'), T + 1), newId('con'));
    expect(beginProbe(again, other, T + 600_000)).toMatchObject({ probedWith: other });
    expect(close(again)).not.toHaveProperty('probedWith');
  });

  it('a new probe can begin after the outcome of the last one was lost, which then no longer counts', () => {
    const lost = beginProbe(opened(), probedWith, T + 60_000);
    const overMs = T + 60_000 + PROBE_LEASE_SECONDS * 1000;
    expect(beginProbe(lost, probedWith, overMs - 1)).toBe(lost);
    const second = beginProbe(lost, probedWith, overMs);
    expect(second).toMatchObject({ state: 'half_open', epoch: lost.epoch + 1 });
    expect(endProbe(second, lost.epoch, true, overMs)).toBe(second);
  });
});

const kinds = ['succeed', 'fail', 'probe', 'probe succeeds', 'probe fails', 'reset', 'look'] as const;
interface Action {
  readonly kind: (typeof kinds)[number];
  /** One of three. */
  readonly instance: number;
  readonly passSeconds: number;
}

const action: fc.Arbitrary<Action> = fc.record({
  kind: fc.constantFrom(...kinds),
  instance: fc.nat(2),
  passSeconds: fc.oneof(fc.nat(3), fc.constantFrom(60, 130, 4_000)),
});

/** The stored circuit, and three instances that know it as they last saw it. */
class Instances {
  stored: Circuit = NEW_CIRCUIT;
  readonly #views: Circuit[] = [NEW_CIRCUIT, NEW_CIRCUIT, NEW_CIRCUIT];
  readonly #probes = new Map<number, number>();
  readonly #successes = new Map<number, number>();

  /** @returns the new circuit, if the action changed it */
  take({ kind, instance }: Action, nowMs: number): Circuit | undefined {
    switch (kind) {
      case 'look':
        this.#views[instance] = this.stored;
        return undefined;
      case 'succeed':
        this.#successes.set(instance, nowMs);
        return this.#change(instance, (circuit) =>
          observe(circuit, { succeeded: true, failedAtMs: [] }, breaker, nowMs),
        );
      case 'fail': {
        const seen = { ...failing(nowMs), lastSuccessAtMs: this.#successes.get(instance) };
        return this.#change(instance, (circuit) => observe(circuit, seen, breaker, nowMs));
      }
      case 'probe': {
        const made = this.#change(instance, (circuit) => beginProbe(circuit, probedWith, nowMs));
        if (made) this.#probes.set(instance, made.epoch);
        return made;
      }
      case 'reset':
        return this.#change(instance, close);
      default: {
        const epoch = this.#probes.get(instance);
        this.#probes.delete(instance);
        const succeeded = kind === 'probe succeeds';
        return epoch === undefined
          ? undefined
          : this.#change(instance, (circuit) => endProbe(circuit, epoch, succeeded, nowMs));
      }
    }
  }

  /** Like CircuitStore, writes only if the stored circuit is still the one that the change is based on. */
  #change(instance: number, make: (circuit: Circuit) => Circuit): Circuit | undefined {
    for (let current = this.#views[instance] ?? this.stored; ; current = this.stored) {
      const next = make(current);
      const isWritten = current.epoch === this.stored.epoch && current.failures === this.stored.failures;
      if (next !== current && !isWritten) continue;
      this.#views[instance] = next;
      if (next === current) return undefined;
      this.stored = next;
      return next;
    }
  }
}

/** A simple model of a circuit, which is told only the actions that took effect. */
class Model {
  state: Circuit['state'] = 'closed';
  failures = 0;
  dueMs = 0;
  #failedProbes = 0;

  apply(kind: Action['kind'], nowMs: number, beginsAgain: boolean): void {
    if (kind === 'succeed') this.failures = 0;
    if (kind === 'fail') this.failures = beginsAgain ? 1 : this.failures + 1;
    if (kind === 'fail' && this.failures === 5) this.#open(nowMs, 0);
    if (kind === 'probe') this.#become('half_open', nowMs + 120_000);
    if (kind === 'probe fails') {
      this.failures++;
      this.#open(nowMs, this.#failedProbes + 1);
    }
    if (kind === 'probe succeeds' || kind === 'reset') {
      this.failures = 0;
      this.#become('closed', 0);
    }
  }

  /** Whether an action may take effect now. */
  allows(kind: Action['kind'], nowMs: number): boolean {
    if (kind === 'succeed' || kind === 'fail') return this.state === 'closed';
    if (kind === 'probe') return this.state !== 'closed' && nowMs >= this.dueMs;
    return kind === 'reset' || this.state === 'half_open';
  }

  #open(nowMs: number, failedProbes: number): void {
    this.#failedProbes = failedProbes;
    this.#become('open', nowMs + Math.min(60 * 2 ** failedProbes, 3_600) * 1000);
  }

  #become(state: Circuit['state'], dueMs: number): void {
    this.state = state;
    this.dueMs = dueMs;
  }
}

describe('three instances, each with an older view of the circuit', () => {
  it('a circuit changed by several instances is the same as if one had made all changes that took effect', () => {
    const hold = (actions: readonly Action[]) => {
      const [instances, model] = [new Instances(), new Model()];
      let nowMs = T;
      for (const one of actions) {
        nowMs += one.passSeconds * 1000 + 1;
        const { epoch, state } = instances.stored;
        const made = instances.take(one, nowMs);
        if (made) {
          expect(model.allows(one.kind, nowMs)).toBe(true);
          model.apply(one.kind, nowMs, made.failures === 1);
        }
        const { stored } = instances;
        expect([stored.state, stored.failures]).toEqual([model.state, model.failures]);
        if (stored.state !== 'closed') expect(nextProbeAtMs(stored)).toBe(model.dueMs);
        expect(isProbeDue(stored, nowMs)).toBe(model.allows('probe', nowMs));
        const isNewState = made !== undefined && (stored.state !== state || ['probe', 'reset'].includes(one.kind));
        expect(stored.epoch - epoch).toBe(isNewState ? 1 : 0);
      }
    };
    fc.assert(fc.property(fc.array(action, { minLength: 1, maxLength: 60, size: 'max' }), hold), { numRuns: 1_000 });
  });
});
