import type { Clock } from './clock.ts';
import type { Database } from './database.ts';
import { DynamoDb } from './dynamodb/dynamodb.ts';
import { EventBridge } from './eventbridge/eventbridge.ts';
import { Kms } from './kms/kms.ts';
import { RunningTime } from './running-time.ts';
import { S3 } from './s3/s3.ts';
import { Scheduler } from './scheduler/scheduler.ts';
import { SecretsManager } from './secretsmanager/secretsmanager.ts';
import { Sqs } from './sqs/sqs.ts';
import { WebSocketConnections } from './websocket/connections.ts';
import type { WireService } from './wire/wire.ts';

export interface SimulatorOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly region: string;
  /** Address of the AWS endpoint, with which queue URLs begin. */
  readonly endpointUrl: string;
  /** Determines how things age in all services. Pass it if the caller starts it. */
  readonly runningTime?: RunningTime;
}

/** The embedded services, one of each. */
export interface Simulators {
  readonly dynamodb: DynamoDb;
  readonly sqs: Sqs;
  readonly s3: S3;
  readonly kms: Kms;
  readonly secretsManager: SecretsManager;
  readonly scheduler: Scheduler;
  readonly eventBridge: EventBridge;
  readonly webSocketConnections: WebSocketConnections;
}

export function createSimulators(options: SimulatorOptions): Simulators {
  const { database, clock, region, endpointUrl, runningTime = new RunningTime(database, clock) } = options;
  const common = { database, clock, region, runningTime };
  const sqs = new Sqs({ ...common, endpointUrl });
  return {
    dynamodb: new DynamoDb(common),
    sqs,
    s3: new S3(common),
    kms: new Kms(common),
    secretsManager: new SecretsManager(common),
    scheduler: new Scheduler({ ...common, sqs }),
    eventBridge: new EventBridge({ ...common, sqs }),
    webSocketConnections: new WebSocketConnections(),
  };
}

/** The services behind the AWS endpoint. */
export function wiresOf(simulators: Simulators): WireService[] {
  return Object.values(simulators).map((simulator: { readonly wire: WireService }) => simulator.wire);
}
