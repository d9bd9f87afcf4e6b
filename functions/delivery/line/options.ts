import type { DestinationId } from '../../../core/ids.ts';
import type { Deliverable } from '../../destinations/deliverable.ts';
import type { DeliveryReader } from '../../stores/deliveries/delivery-reader.ts';
import type { LineStore } from '../../stores/deliveries/lines.ts';
import type { DeliveryQueue } from '../../stores/delivery-queue.ts';
import type { DelayedSender } from '../delayed-sender.ts';
import type { Outcomes } from '../outcomes.ts';
import type { LineDeliveries } from './deliveries.ts';

export interface LineRunnerOptions {
  readonly lines: LineStore;
  readonly reader: DeliveryReader;
  readonly deliveries: LineDeliveries;
  readonly outcomes: Outcomes;
  readonly queue: DeliveryQueue;
  readonly delayedSender: DelayedSender;
  /** `undefined` when the destination was deleted. */
  readonly destination: (id: DestinationId) => Promise<Deliverable | undefined>;
  readonly now: () => number;
  readonly pause: (ms: number) => Promise<void>;
}
