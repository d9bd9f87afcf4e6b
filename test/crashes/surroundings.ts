import type { CircuitBreaker } from '../../core/circuit/circuit.ts';
import { type ConnectionId, type DestinationId, newId, type OrganizationId, type SourceId } from '../../core/ids.ts';
import type { Pace } from '../../core/pace/pace.ts';
import type { RetryPolicy } from '../../core/retries/retry-policy.ts';
import { compressTransform, type StoredTransform } from '../../core/transform/stored-transform.ts';
import type { TransformCode } from '../../core/transform/transform.ts';
import type { BoundDestination } from '../../functions/destinations/destination-type.ts';
import { httpDestination } from '../../functions/destinations/http.ts';
import { httpTarget } from '../../functions/destinations/http-target.fixture.ts';
import { startServices, type TestServices } from '../support/services.ts';

/** A destination as the configuration table would have it. */
export interface ConfiguredDestination {
  enabled: boolean;
  readonly archivedAt: null;
  readonly circuitBreaker: CircuitBreaker;
  readonly retryPolicy: RetryPolicy;
  readonly pace: Pace;
}

/** What outlives every instance: AWS, the configuration of one source with one destination, and the way to its receiver. */
export interface Surroundings {
  readonly services: TestServices;
  readonly source: { readonly id: SourceId; readonly organizationId: OrganizationId };
  readonly connection: { readonly id: ConnectionId; readonly destinationId: DestinationId };
  readonly destination: ConfiguredDestination;
  readonly receiver: BoundDestination;
  readonly transform: StoredTransform | null;
}

/** @param url the receiver's */
export async function startSurroundings(
  url: string,
  settings: Pick<ConfiguredDestination, 'circuitBreaker' | 'retryPolicy' | 'pace'>,
  transform: TransformCode | null,
): Promise<Surroundings> {
  const services = await startServices();
  return {
    services,
    source: { id: newId('src'), organizationId: newId('org') },
    connection: { id: newId('con'), destinationId: newId('dst') },
    destination: { enabled: true, archivedAt: null, ...settings },
    receiver: httpDestination('loopback', () => services.clock.nowMs()).bind(
      httpTarget({ url, timeoutSeconds: 10, secret: 'a secret of the crash tests' }),
    ),
    transform: transform === null ? null : compressTransform(transform),
  };
}
