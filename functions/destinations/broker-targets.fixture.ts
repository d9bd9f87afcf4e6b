import type { DestinationAuth } from '../../core/destination-types/auth.ts';
import { kafka } from '../../core/destination-types/kafka.ts';
import { rabbitmq } from '../../core/destination-types/rabbitmq.ts';
import type { DestinationTarget, DestinationTargets } from '../../core/destination-types/registry.ts';
import { newId } from '../../core/ids.ts';
import type { OpenedDestination } from './destination-type.ts';

/** The same for both brokers. No test depends on what it is. */
export const PASSWORD = 'correct horse battery';
const BASIC: DestinationAuth = { type: 'basic', username: 'guest', password: PASSWORD };

type Over<Type extends DestinationTarget['type']> = Partial<
  Omit<OpenedDestination<DestinationTargets[Type]>, 'target'>
>;

/** A topic through v3 of the proxy's API, unless the test says otherwise. */
export function kafkaTarget(config: object, over: Over<'kafka'> = {}): OpenedDestination<DestinationTargets['kafka']> {
  const given = { rest_url: 'https://rest.example.com', cluster_id: 'lkc-abc123', topic: 'webhooks', ...config };
  return opened({ type: 'kafka', config: kafka.config.parse(given) }, over);
}

/** The queue `orders` through the default exchange, unless the test says otherwise. */
export function rabbitmqTarget(
  config: object,
  over: Over<'rabbitmq'> = {},
): OpenedDestination<DestinationTargets['rabbitmq']> {
  const given = { management_url: 'https://rabbitmq.example.com', routing_key: 'orders', ...config };
  return opened({ type: 'rabbitmq', config: rabbitmq.config.parse(given) }, over);
}

function opened<Target>(
  target: Target,
  over: Partial<Omit<OpenedDestination<Target>, 'target'>>,
): OpenedDestination<Target> {
  return {
    id: newId('dst'),
    organizationId: newId('org'),
    timeoutSeconds: 10,
    headers: {},
    auth: BASIC,
    signing: { scheme: 'none' },
    ...over,
    target,
  };
}
