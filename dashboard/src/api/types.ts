import type * as z from 'zod';
import type { apiKeyResponse, createdApiKeyResponse } from '../../../functions/management/responses/api-key.ts';
import type { attemptResponse } from '../../../functions/management/responses/attempt.ts';
import type { circuitResponse } from '../../../functions/management/responses/circuit.ts';
import type { connectionResponse } from '../../../functions/management/responses/connection.ts';
import type { deliveryResponse, deliveryWithAttempts } from '../../../functions/management/responses/delivery.ts';
import type {
  createdDestinationResponse,
  destinationResponse,
  destinationWithWaiting,
} from '../../../functions/management/responses/destination.ts';
import type { healthResponse } from '../../../functions/management/responses/destination-health.ts';
import type { templateResponse } from '../../../functions/management/responses/destination-template.ts';
import type { testResponse } from '../../../functions/management/responses/destination-test.ts';
import type { eventResponse, eventSummary } from '../../../functions/management/responses/event.ts';
import type { filterTestResponse } from '../../../functions/management/responses/filter-test.ts';
import type { overviewResponse } from '../../../functions/management/responses/overview.ts';
import type { replayResponse } from '../../../functions/management/responses/replay.ts';
import type { sessionResponse } from '../../../functions/management/responses/session.ts';
import type { sourceResponse } from '../../../functions/management/responses/source.ts';
import type { transformTestResponse } from '../../../functions/management/responses/transform-test.ts';

/** The API's answers, from the very schemas that the API uses. Only types are imported, no code. */
export type Session = z.output<typeof sessionResponse>;
export type Source = z.output<typeof sourceResponse>;
export type Destination = z.output<typeof destinationResponse>;
export type DestinationWithWaiting = z.output<typeof destinationWithWaiting>;
export type CreatedDestination = z.output<typeof createdDestinationResponse>;
export type Template = z.output<typeof templateResponse>;
export type Health = z.output<typeof healthResponse>;
export type HealthPoint = Health['series'][number];
export type OverviewResponse = z.output<typeof overviewResponse>;
export type Circuit = z.output<typeof circuitResponse>;
export type TestResult = z.output<typeof testResponse>;
export type Connection = z.output<typeof connectionResponse>;
export type FilterTestResult = z.output<typeof filterTestResponse>;
export type TransformTestResult = z.output<typeof transformTestResponse>;
export type ApiKey = z.output<typeof apiKeyResponse>;
export type CreatedApiKey = z.output<typeof createdApiKeyResponse>;
export type EventSummary = z.output<typeof eventSummary>;
export type EventDetails = z.output<typeof eventResponse>;
export type Delivery = z.output<typeof deliveryResponse>;
export type DeliveryDetails = z.output<typeof deliveryWithAttempts>;
export type Attempt = z.output<typeof attemptResponse>;
export type ClientAnswer = NonNullable<DeliveryDetails['attempts'][number]['client_answer']>;
export type Replay = z.output<typeof replayResponse>;

/** A page of a list. The list itself has its own name beside these. */
export type Page<Name extends string, Item> = { readonly [N in Name]: readonly Item[] } & {
  readonly cursor: string | null;
  readonly has_more: boolean;
};
