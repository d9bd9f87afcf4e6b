import fc from 'fast-check';
import { expect } from 'vitest';
import type { ApiResponse, CallOptions } from '../../functions/management/testing/gateway.fixture.ts';
import type { DocumentedOperation } from './api-document.ts';
import { type Inhabitant, World } from './world.ts';

const RUNS = Number(process.env.HAWSER_FUZZ_RUNS ?? 15);
const PATIENCE_MS = 30_000 + RUNS * 500;
/** For a test that calls `check` once, which stops running and shrinking well before this. */
export const TIMEOUT_MS = 2 * PATIENCE_MS;

/** Checks the property with `HAWSER_FUZZ_RUNS` random values. */
export function check<T>(values: fc.Arbitrary<T>, property: (value: T) => Promise<unknown>): Promise<void> {
  const holds = fc.asyncProperty(values, async (value) => {
    await property(value);
  });
  return fc.assert(holds, { numRuns: RUNS, interruptAfterTimeLimit: PATIENCE_MS, markInterruptAsFailure: true });
}

/** Calls whose answers must be what the document promises, whatever was sent. */
export class RandomCalls {
  readonly world: World;
  readonly #tenants = new Map<string, Promise<Inhabitant>>();

  private constructor(world: World) {
    this.world = world;
  }

  static async start(): Promise<RandomCalls> {
    return new RandomCalls(await World.start());
  }

  /** One tenant for all calls of an operation, so that calls that delete also find things gone. */
  tenantFor({ id }: DocumentedOperation): Promise<Inhabitant> {
    const tenant = this.#tenants.get(id) ?? this.world.newTenant();
    this.#tenants.set(id, tenant);
    return tenant;
  }

  /** Expects a documented answer that is no 5xx. A refusal for a field must say what is wrong. */
  async expectPromised(
    operation: DocumentedOperation,
    tenant: Inhabitant,
    options: CallOptions,
    path: string = tenant.pathOf(operation),
  ): Promise<ApiResponse> {
    const { method } = operation;
    // Random headers are sent unchanged, and name an organization themselves.
    const organization = options.headers ? {} : { organization: tenant.name };
    const answer = await this.world.call({ method, path }, { ...organization, ...options });
    const { status, body } = answer;
    expect(this.world.document.problemsOfResponse(operation, answer)).toEqual([]);
    expect(status, JSON.stringify(body)).toBeLessThan(500);
    if (body.code === 'VALIDATION_FAILED' || body.code === 'INVALID_URL') {
      expect(body.details.length).toBeGreaterThan(0);
      for (const { problem } of body.details) expect(problem).not.toBe('');
    }
    return answer;
  }

  close(): Promise<void> {
    return this.world.close();
  }
}
