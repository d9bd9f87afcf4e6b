import { EventStore } from '../stores/events.ts';
import { dynamodb, s3 } from './aws-clients.ts';
import { requireEnv, variable } from './environment.ts';
import { retentionDays } from './retention-days.ts';

/** The event store that the function's construct grants it. @throws Error that names the missing variable */
export function eventStoreFromEnvironment(): EventStore {
  return new EventStore({
    dynamodb: dynamodb(),
    s3: s3(),
    table: requireEnv(variable.eventsTable),
    bucket: requireEnv(variable.payloadBucket),
    retentionDays: retentionDays(),
  });
}
