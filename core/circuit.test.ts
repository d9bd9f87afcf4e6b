import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
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
} from './circuit.ts';

const T = Date.UTC(2026, 10, 22);
const breaker = DEFAULT_CIRCUIT_BREAKER;
const failing = (...failedAtMs: number[]) => ({ succeeded: false, failedAtMs });
const fail = (circuit: Circuit, atMs: number) => observe(circuit, failing(atMs), breaker, atMs);

function opened(atMs = T): Circuit {
  return observe(NEW_CIRCUIT, failing(...Array<number>(5).fill(atMs)), breaker, atMs);
}

describe('a circuit', () => {
  it('opens at the fifth failure in a row, and not before', () => {
    const states: string[] = [];
    let circuit: Circuit = NEW_CIRCUIT;
    for (let n = 0; n < 5; n++) {
      circuit = fail(circuit, T + n);
      states.push(circuit.state);
    }
    expect(states).toEqual(['closed', 'closed', 'closed', 'closed', 'open']);
    expect(circuit).toMatchObject({ failures: 5, openedAtMs: T + 4, probeAtMs: T + 60_004, lastFailureAtMs: T + 4 });
  });

  it('opens when its own threshold says so', () => {
    const own = { ...breaker, failureThreshold: 2, cooldownSeconds: 7 };
    expect(observe(NEW_CIRCUIT, failing(T, T), own, T)).toMatchObject({ state: 'open', probeAtMs: T + 7_000 });
  });

  it('begins to count again after a success, with the failures that came after it', () => {
    const four = observe(NEW_CIRCUIT, failing(T, T, T, T), breaker, T);
    const after = observe(four, { succeeded: true, failedAtMs: [T + 1] }, breaker, T + 1);
    expect(after).toEqual({ state: 'closed', epoch: 0, failures: 1, failingSinceMs: T + 1, lastFailureAtMs: T + 1 });
    expect(observe(four, { succeeded: true, failedAtMs: [] }, breaker, T + 1)).toMatchObject({ failures: 0 });
  });

  it('does not add failures of several instances up over a success that one of them saw in between', () => {
    const four = observe(NEW_CIRCUIT, failing(T, T, T, T), breaker, T);
    const seen = { ...failing(T + 2), lastSuccessAtMs: T + 1 };
    expect(observe(four, seen, breaker, T + 2)).toMatchObject({ state: 'closed', failures: 1, failingSinceMs: T + 2 });
    const before = { ...failing(T + 2), lastSuccessAtMs: T - 1 };
    expect(observe(four, before, breaker, T + 2).state).toBe('open');
  });

  it('stays the same, so that nothing is written, while all succeeds', () => {
    expect(observe(NEW_CIRCUIT, { succeeded: true, failedAtMs: [], lastSuccessAtMs: T }, breaker, T)).toBe(NEW_CIRCUIT);
  });

  it('that is open does not care for attempts that were under way', () => {
    const open = opened();
    expect(fail(open, T + 1)).toBe(open);
    expect(observe(open, { succeeded: true, failedAtMs: [] }, breaker, T + 1)).toBe(open);
  });

  it('has its probes after 60 s, 120 s and so on, up to an hour', () => {
    let circuit = opened();
    const waits: number[] = [];
    let nowMs = T;
    for (let probe = 0; probe < 9; probe++) {
      if (circuit.state === 'closed') throw new Error('closed');
      const dueMs = nextProbeAtMs(circuit);
      waits.push((dueMs - nowMs) / 1000);
      expect(beginProbe(circuit, dueMs - 1)).toBe(circuit);
      const probing = beginProbe(circuit, dueMs);
      circuit = endProbe(probing, probing.epoch, false, dueMs);
      nowMs = dueMs;
    }
    expect(waits).toEqual([60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]);
    expect(circuit).toMatchObject({ state: 'open', failures: 14, openedAtMs: T });
  });

  it('closes when its probe succeeds, and begins with the first cooldown when it opens again', () => {
    const probing = beginProbe(opened(), T + 60_000);
    const closed = endProbe(probing, probing.epoch, true, T + 60_100);
    expect(closed).toEqual({ state: 'closed', epoch: 3, failures: 0, lastFailureAtMs: T });
    expect(observe(closed, failing(T, T, T, T, T), breaker, T)).toMatchObject({ state: 'open', cooldownSeconds: 60 });
  });

  it('lets another probe begin when nothing is heard of the one under way, which decides nothing any more', () => {
    const lost = beginProbe(opened(), T + 60_000);
    const overMs = T + 60_000 + PROBE_LEASE_SECONDS * 1000;
    expect(beginProbe(lost, overMs - 1)).toBe(lost);
    const second = beginProbe(lost, overMs);
    expect(second).toMatchObject({ state: 'half_open', epoch: lost.epoch + 1 });
    expect(endProbe(second, lost.epoch, true, overMs)).toBe(second);
  });
});

/** What can happen to a circuit, each by one of three instances that know it as they last saw it. */
const action = fc.record({
  instance: fc.nat(2),
  kind: fc.constantFrom('succeed', 'fail', 'probe', 'end well', 'end badly', 'reset', 'look'),
  passSeconds: fc.oneof(fc.nat(3), fc.constant(60), fc.constant(130), fc.constant(4_000)),
});

describe('whatever three instances do, each with an older view of it,', () => {
  it('a circuit is the one that a single one would have made of what was accepted', () => {
    fc.assert(
      fc.property(fc.array(action, { minLength: 1, maxLength: 60 }), (actions) => {
        let stored: Circuit = NEW_CIRCUIT;
        let nowMs = T;
        const model = { state: 'closed', failures: 0, probesFailed: 0, dueMs: 0, probeEpoch: 0 };
        const views: Circuit[] = [stored, stored, stored];
        const probes: (number | undefined)[] = [undefined, undefined, undefined];
        const successes: number[] = [0, 0, 0];

        /** As CircuitStore does: what is accepted was made of what is stored. */
        const change = (instance: number, make: (circuit: Circuit) => Circuit) => {
          for (let current = views[instance] ?? stored; ; current = stored) {
            const next = make(current);
            if (next === current) {
              views[instance] = current;
              return undefined;
            }
            if (current.epoch !== stored.epoch || current.failures !== stored.failures) continue;
            expect(next.epoch - stored.epoch).toBe(
              next.state === stored.state && next.failures > 0 ? 0 : next.epoch - stored.epoch,
            );
            stored = next;
            views[instance] = next;
            return next;
          }
        };

        for (const { instance, kind, passSeconds } of actions) {
          nowMs += passSeconds * 1000 + 1;
          const epoch = stored.epoch;
          if (kind === 'look') views[instance] = stored;
          if (kind === 'succeed') {
            successes[instance] = nowMs;
            const made = change(instance, (circuit) =>
              observe(circuit, { succeeded: true, failedAtMs: [] }, breaker, nowMs),
            );
            if (made) model.failures = 0;
          }
          if (kind === 'fail') {
            const seen = { ...failing(nowMs), lastSuccessAtMs: successes[instance] };
            const made = change(instance, (circuit) => observe(circuit, seen, breaker, nowMs));
            // An instance that believes it open counts nothing.
            if (made) {
              expect(model.state).toBe('closed');
              model.failures = made.failures === 1 ? 1 : model.failures + 1;
              if (model.failures === 5) Object.assign(model, { state: 'open', probesFailed: 0, dueMs: nowMs + 60_000 });
            }
          }
          if (kind === 'probe') {
            const made = change(instance, (circuit) => beginProbe(circuit, nowMs));
            if (made) {
              expect(model.state).not.toBe('closed');
              expect(nowMs).toBeGreaterThanOrEqual(model.dueMs);
              probes[instance] = made.epoch;
              Object.assign(model, { state: 'half_open', probeEpoch: made.epoch, dueMs: nowMs + 120_000 });
            }
          }
          if (kind === 'end well' || kind === 'end badly') {
            const probe = probes[instance];
            if (probe === undefined) continue;
            probes[instance] = undefined;
            const succeeded = kind === 'end well';
            const made = change(instance, (circuit) => endProbe(circuit, probe, succeeded, nowMs));
            expect(made !== undefined).toBe(model.state === 'half_open' && model.probeEpoch === probe);
            if (made && succeeded) Object.assign(model, { state: 'closed', failures: 0 });
            else if (made) {
              model.probesFailed++;
              model.failures++;
              const cooldownSeconds = Math.min(60 * 2 ** model.probesFailed, 3_600);
              Object.assign(model, { state: 'open', dueMs: nowMs + cooldownSeconds * 1000 });
            }
          }
          if (kind === 'reset') {
            change(instance, close);
            Object.assign(model, { state: 'closed', failures: 0 });
          }
          expect({ state: stored.state, failures: stored.failures }).toEqual({
            state: model.state,
            failures: model.failures,
          });
          if (stored.state !== 'closed') expect(nextProbeAtMs(stored)).toBe(model.dueMs);
          expect(isProbeDue(stored, nowMs)).toBe(model.state !== 'closed' && nowMs >= model.dueMs);
          // Nothing changes the state twice at once.
          expect(stored.epoch - epoch).toBeLessThanOrEqual(1);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
