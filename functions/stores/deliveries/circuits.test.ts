import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  beginProbe,
  type Circuit,
  close,
  DEFAULT_CIRCUIT_BREAKER,
  endProbe,
  NEW_CIRCUIT,
  observe,
} from '../../../core/circuit/circuit.ts';
import { deliveryIdOf, newEventId, newId } from '../../../core/ids.ts';
import { loseResponse } from '../../../test/support/lost-responses.ts';
import { resourceNames, startServices, type TestServices } from '../../../test/support/services.ts';
import { CircuitStore } from './circuits.ts';

const T = Date.UTC(2026, 10, 22);
const id = newId('dst');
const probedWith = deliveryIdOf(newEventId(newId('src'), T), newId('con'));

let services: TestServices;
let circuits: CircuitStore;
/** Circuits for whose new state a message was sent. */
let promised: Circuit[];
beforeEach(async () => {
  services = await startServices();
  circuits = new CircuitStore({ dynamodb: services.clients.dynamodb, table: resourceNames.deliveries });
  promised = [];
});
afterEach(() => services.close());

const beforeCommit = async (next: Circuit) => void promised.push(next);
const fail = (circuit: Circuit) => observe(circuit, { succeeded: false, failedAtMs: [T] }, DEFAULT_CIRCUIT_BREAKER, T);
const change = (known: Circuit, make: (circuit: Circuit) => Circuit) =>
  circuits.change(id, { known, change: make, beforeCommit, nowMs: T });

it('a circuit in every state is read as it was written, and a write costs one unit', async () => {
  const probe = (one: Circuit) => beginProbe(one, probedWith, T + 60_000);
  const probeFails = (one: Circuit) => endProbe(one, one.epoch, false, T + 60_000);
  const steps = [fail, fail, fail, fail, fail, probe, probeFails, close, fail];
  let known: Circuit = NEW_CIRCUIT;
  for (const step of steps) {
    const { circuit, made } = await change(known, step);
    expect(made).toEqual({ from: known, to: circuit });
    expect(await circuits.get(id)).toEqual(circuit);
    known = circuit;
  }
  const consumed = services.simulators.dynamodb.consumedCapacity();
  expect(consumed.reduce((sum, { writeUnits }) => sum + writeUnits, 0)).toBe(steps.length);
  expect(promised.map(({ state, epoch }) => [state, epoch])).toEqual([
    ['open', 1],
    ['half_open', 2],
    ['open', 3],
    ['closed', 4],
  ]);
});

it('circuits of many destinations are read together, without those that never had a failure', async () => {
  const [open, failing, untouched] = [newId('dst'), newId('dst'), newId('dst')];
  const others = Array.from({ length: 150 }, () => newId('dst'));
  for (const [one, failures] of [
    [open, 5],
    [failing, 1],
  ] as const) {
    const seen = { succeeded: false, failedAtMs: Array<number>(failures).fill(T) };
    const observed = (circuit: Circuit) => observe(circuit, seen, DEFAULT_CIRCUIT_BREAKER, T);
    await circuits.change(one, { known: NEW_CIRCUIT, change: observed, beforeCommit, nowMs: T });
  }
  const found = await circuits.getMany([open, ...others, failing, open, untouched]);
  expect(found).toEqual(
    new Map([
      [open, await circuits.get(open)],
      [failing, await circuits.get(failing)],
    ]),
  );
  expect(await circuits.getMany([])).toEqual(new Map());
});

it('concurrent failures of several instances add up, and one of them opens the circuit', async () => {
  const changes = await Promise.all(Array.from({ length: 5 }, () => change(NEW_CIRCUIT, fail)));
  expect(await circuits.get(id)).toMatchObject({ state: 'open', failures: 5 });
  expect(changes.filter(({ made }) => made?.to.state === 'open')).toHaveLength(1);
});

it('a caller with an outdated circuit changes the current one', async () => {
  await change(NEW_CIRCUIT, fail);
  const { circuit, made } = await change(NEW_CIRCUIT, fail);
  expect(circuit).toMatchObject({ failures: 2 });
  expect(made?.from).toMatchObject({ failures: 1 });
});

it('a change whose response is lost is made once and belongs to its caller', async () => {
  const lost = loseResponse(services.clients.dynamodb, /UpdateExpression/);
  const { circuit, made } = await change(NEW_CIRCUIT, fail);
  expect(lost()).toBe(1);
  expect(made).toEqual({ from: NEW_CIRCUIT, to: circuit });
  expect(await circuits.get(id)).toEqual(circuit);
  expect(circuit).toMatchObject({ failures: 1 });
});

it('an unchanged circuit costs no write', async () => {
  const { circuit, made } = await change(NEW_CIRCUIT, (same) => same);
  expect(circuit).toBe(NEW_CIRCUIT);
  expect(made).toBeUndefined();
});
