import type { DestinationTargets, DestinationTypeName } from '../../core/destination-types/registry.ts';
import type { DestinationNetwork } from '../../core/destinations/network-address.ts';
import { sts } from '../shared/aws-clients.ts';
import { clientsAccessFromEnvironment } from '../shared/websocket-clients-access.ts';
import type { BoundDestination, DestinationType, OpenedDestination } from './destination-type.ts';
import { eventbridgeDestination } from './eventbridge.ts';
import { httpDestination } from './http.ts';
import { kafkaDestination } from './kafka.ts';
import { pubsubDestination } from './pubsub.ts';
import { rabbitmqDestination } from './rabbitmq.ts';
import { s3Destination } from './s3.ts';
import { sqsDestination } from './sqs.ts';
import { websocketDestination } from './websocket.ts';

/** Every type of destination, by its name. */
export type DestinationTypes = { readonly [Type in DestinationTypeName]: DestinationType<DestinationTargets[Type]> };

export interface DestinationTypesOptions {
  readonly network: DestinationNetwork;
  readonly now: () => number;
}

/** One set for each function instance. */
export function newDestinationTypes({ network, now }: DestinationTypesOptions): DestinationTypes {
  return {
    http: httpDestination(network, now),
    sqs: sqsDestination(sts),
    s3: s3Destination(sts),
    eventbridge: eventbridgeDestination(sts),
    pubsub: pubsubDestination(network, now),
    kafka: kafkaDestination(network, now),
    rabbitmq: rabbitmqDestination(network, now),
    websocket: websocketDestination(clientsAccessFromEnvironment, now),
  };
}

export function bind<Type extends DestinationTypeName>(
  types: DestinationTypes,
  destination: OpenedDestination<DestinationTargets[Type]>,
): BoundDestination {
  return types[destination.target.type as Type].bind(destination);
}
