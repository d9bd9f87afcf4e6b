import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { INGEST_SECONDS } from '../functions/lifetimes.ts';
import type { Alarms } from './alarms.ts';
import type { HawserConfig } from './config.ts';
import type { Credentials } from './credentials.ts';
import type { OperationalEvents } from './event-bus.ts';
import { HawserFunction } from './hawser-function.ts';
import type { Storage } from './storage/storage.ts';

export interface IngestProps {
  config: HawserConfig;
  alarms: Alarms;
  storage: Storage;
  credentials: Credentials;
  operationalEvents: OperationalEvents;
}

/** Accepts webhooks: verifies them, stores them, then answers. */
export class Ingest extends Construct {
  readonly function: HawserFunction;

  constructor(scope: Construct, id: string, props: IngestProps) {
    super(scope, id);
    this.function = new HawserFunction(this, 'Function', {
      config: props.config,
      alarms: props.alarms,
      name: 'ingest',
      description: 'Hawser: verifies and stores a webhook, then answers its sender',
      memoryMb: 512,
      timeout: Duration.seconds(INGEST_SECONDS),
      losesFailures: true,
    });
    props.storage.events.grantAdd(this.function);
    props.storage.configuration.grantLookUp(this.function);
    props.storage.events.grantCheckStored(this.function);
    props.storage.configuration.grantNoteCopies(this.function);
    props.credentials.grantDecrypt(this.function);
    props.operationalEvents.grantPublish(this.function);
  }
}
