import type * as z from 'zod';
import type { apiKeyAnswer, createdApiKeyAnswer } from '../../../functions/management/answers/api-key.ts';
import type { attemptAnswer } from '../../../functions/management/answers/attempt.ts';
import type { circuitAnswer } from '../../../functions/management/answers/circuit.ts';
import type { connectionAnswer } from '../../../functions/management/answers/connection.ts';
import type { deliveryAnswer, deliveryWithAttempts } from '../../../functions/management/answers/delivery.ts';
import type {
  createdDestinationAnswer,
  destinationAnswer,
  destinationWithWaiting,
} from '../../../functions/management/answers/destination.ts';
import type { healthAnswer } from '../../../functions/management/answers/destination-health.ts';
import type { templateAnswer } from '../../../functions/management/answers/destination-template.ts';
import type { testAnswer } from '../../../functions/management/answers/destination-test.ts';
import type { eventAnswer, eventSummary } from '../../../functions/management/answers/event.ts';
import type { filterTestAnswer } from '../../../functions/management/answers/filter-test.ts';
import type { overviewAnswer } from '../../../functions/management/answers/overview.ts';
import type { replayAnswer } from '../../../functions/management/answers/replay.ts';
import type { sessionAnswer } from '../../../functions/management/answers/session.ts';
import type { sourceAnswer } from '../../../functions/management/answers/source.ts';
import type { transformTestAnswer } from '../../../functions/management/answers/transform-test.ts';

/** The API's answers, from the very schemas that the API uses. Only types are imported, no code. */
export type Session = z.output<typeof sessionAnswer>;
export type Source = z.output<typeof sourceAnswer>;
export type Destination = z.output<typeof destinationAnswer>;
export type DestinationWithWaiting = z.output<typeof destinationWithWaiting>;
export type CreatedDestination = z.output<typeof createdDestinationAnswer>;
export type Template = z.output<typeof templateAnswer>;
export type Health = z.output<typeof healthAnswer>;
export type HealthPoint = Health['series'][number];
export type OverviewAnswer = z.output<typeof overviewAnswer>;
export type Circuit = z.output<typeof circuitAnswer>;
export type Trial = z.output<typeof testAnswer>;
export type Connection = z.output<typeof connectionAnswer>;
export type FilterTrial = z.output<typeof filterTestAnswer>;
export type TransformTrial = z.output<typeof transformTestAnswer>;
export type ApiKey = z.output<typeof apiKeyAnswer>;
export type CreatedApiKey = z.output<typeof createdApiKeyAnswer>;
export type EventSummary = z.output<typeof eventSummary>;
export type EventDetails = z.output<typeof eventAnswer>;
export type Delivery = z.output<typeof deliveryAnswer>;
export type DeliveryDetails = z.output<typeof deliveryWithAttempts>;
export type Attempt = z.output<typeof attemptAnswer>;
export type ClientAnswer = NonNullable<DeliveryDetails['attempts'][number]['client_answer']>;
export type Replay = z.output<typeof replayAnswer>;

/** A page of a list. The list itself has its own name beside these. */
export type Page<Name extends string, Item> = { readonly [N in Name]: readonly Item[] } & {
  readonly cursor: string | null;
  readonly has_more: boolean;
};
