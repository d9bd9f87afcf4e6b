import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { newId } from '../../core/ids.ts';
import { routes } from './http/routes.ts';
import { ApiUnderTest } from './testing/api.fixture.ts';
import type { ApiResponse } from './testing/gateway.fixture.ts';
import { connecting, type Ends, type Use, uses } from './testing/id-uses.fixture.ts';
import { idPrefixes } from './testing/resources.fixture.ts';
import { Tenant } from './testing/tenant.fixture.ts';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await ApiUnderTest.start();
});
afterAll(() => api.close());

const creations = [
  'createSource',
  'createDestination',
  'createConnected',
  'connect',
  'createKey',
  'receiveEvent',
  'makeDeadLetter',
  'createReplay',
] as const;

/** What one of the two organizations does: create something, or use something of its own or of the other's. */
type Action =
  | { readonly kind: 'create'; readonly what: (typeof creations)[number] }
  | { readonly kind: 'own' | 'foreign'; readonly use: Use };

interface Step {
  readonly isRed: boolean;
  readonly byCookie: boolean;
  readonly pick: number;
  readonly action: Action;
}

const foreignUses = [...uses, ...connecting];

const step: fc.Arbitrary<Step> = fc.record({
  isRed: fc.boolean(),
  byCookie: fc.boolean(),
  pick: fc.nat(1_000),
  action: fc.oneof(
    fc.record({ kind: fc.constant('create' as const), what: fc.constantFrom(...creations) }),
    fc.record({ kind: fc.constant('own' as const), use: fc.constantFrom(...uses) }),
    fc.record({ kind: fc.constant('foreign' as const), use: fc.constantFrom(...foreignUses) }),
  ),
});

function endsOf({ things }: Tenant, pick: number): Ends {
  return {
    source: things.some('source', pick) ?? newId('src'),
    destination: things.some('destination', pick) ?? newId('dst'),
  };
}

/** Using own resources always works. */
async function useOwn(who: Tenant, use: Use, { pick, byCookie }: Step): Promise<void> {
  const id = who.things.some(use.kind, pick);
  if (id === undefined) return;
  const isConflict = use.conflicts?.(who.things, id) ?? false;
  const options = use.options?.(id, endsOf(who, pick));
  const { status, body } = await who.call(byCookie, use.method, use.path.replace('*', id), options);
  expect({ use, status }).toEqual({ use, status: isConflict ? 409 : expect.toBeOneOf([200, 201, 202]) });
  if (!isConflict) use.effect?.(who.things, id, body);
}

/** The response must be the same as for an id that was never issued. */
async function useForeign(
  who: Tenant,
  owner: Tenant,
  use: Use,
  { pick, byCookie }: Pick<Step, 'pick' | 'byCookie'>,
): Promise<void> {
  const ids = owner.things.ever[use.kind];
  const ends = endsOf(who, pick);
  const ask = async (id: string) => {
    const answer = await who.call(byCookie, use.method, use.path.replace('*', id), use.options?.(id, ends));
    return { use, ...withoutId(answer, id) };
  };
  expect(await ask(ids[pick % ids.length] ?? '')).toEqual(await ask(newId(idPrefixes[use.kind])));
}

function withoutId({ status, body: { request_id, ...body } }: ApiResponse, id: string): object {
  return { status, body: JSON.stringify(body).replaceAll(id, 'ID') };
}

async function take(step: Step, who: Tenant, other: Tenant): Promise<void> {
  const { action, pick } = step;
  if (action.kind === 'create') return who[action.what](pick);
  if (action.kind === 'own') return useOwn(who, action.use, step);
  await useForeign(who, other, action.use, step);
  await other.expectToSeeItsOwn();
}

const RUNS = Number(process.env.HAWSER_ISOLATION_RUNS ?? 5);
/** What the runs may take; shrinking a failure may take as long again. */
const PATIENCE_MS = 60_000 + RUNS * 3_000;

let run = 0;

async function twoOrganizationsTake(steps: readonly Step[]): Promise<void> {
  run++;
  const [red, blue] = [await Tenant.create(api, `red-${run}`), await Tenant.create(api, `blue-${run}`)];
  for (const step of steps) await (step.isRed ? take(step, red, blue) : take(step, blue, red));
  // In the end, each organization tries every operation on a resource of the other.
  for (const use of foreignUses) {
    await useForeign(red, blue, use, { pick: run, byCookie: false });
    await useForeign(blue, red, use, { pick: run, byCookie: true });
  }
  await red.expectToSeeItsOwn();
  await blue.expectToSeeItsOwn();
}

it(
  'two organizations never see or change anything of each other, not even whether an id exists',
  () => {
    const steps = fc.array(step, { minLength: 10, maxLength: 60, size: 'max' });
    const options = { numRuns: RUNS, interruptAfterTimeLimit: PATIENCE_MS, markInterruptAsFailure: true };
    return fc.assert(fc.asyncProperty(steps, twoOrganizationsTake), options);
  },
  2 * PATIENCE_MS,
);

it('every route that takes an id is among those tried', () => {
  const tried = new Set(foreignUses.map(({ method, path }) => `${method} ${path}`));
  const withId = routes.filter(({ path }) => path.includes('{'));
  const names = withId.map(({ method, path }) => `${method} ${path.replace(/\{\w+\}/, '*')}`);
  expect(names.filter((name) => !tried.has(name))).toEqual([]);
});
