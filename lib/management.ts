import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { MANAGEMENT_SECONDS } from '../functions/lifetimes.ts';
import { variable } from '../functions/shared/environment.ts';
import type { Alarms } from './alarms.ts';
import type { Clients } from './clients.ts';
import type { HawserConfig } from './config.ts';
import type { Credentials } from './credentials.ts';
import type { DeliveryQueue } from './delivery-queue.ts';
import { grantAssumeDestinationRoles } from './destination-roles.ts';
import { HawserFunction } from './hawser-function.ts';
import { addNameLookupThreads } from './name-lookups.ts';
import type { Replays } from './replays.ts';
import type { Storage } from './storage/storage.ts';

export interface ManagementProps {
  config: HawserConfig;
  alarms: Alarms;
  storage: Storage;
  credentials: Credentials;
  deliveryQueue: DeliveryQueue;
  replays: Replays;
  clients: Clients;
}

/** The management API, all of `/v1`. */
export class Management extends Construct {
  readonly function: HawserFunction;

  constructor(scope: Construct, id: string, props: ManagementProps) {
    super(scope, id);
    const { config, storage, credentials, deliveryQueue } = props;
    this.function = new HawserFunction(this, 'Function', {
      config,
      alarms: props.alarms,
      name: 'management',
      description: 'Hawser: the management API',
      memoryMb: 512,
      runsTransforms: true,
      timeout: Duration.seconds(MANAGEMENT_SECONDS),
    });
    this.function.setVariable(variable.destinationNetwork, config.destinationNetwork);
    addNameLookupThreads(this.function);
    this.function.setVariable(variable.requestsPerMinute, String(config.apiRequestsPerMinute));
    storage.events.grantAdd(this.function);
    storage.events.grantList(this.function);
    storage.deliveries.grantManage(this.function);
    storage.configuration.grantManage(this.function);
    credentials.grantEncryptAndDecrypt(this.function);
    credentials.grantReadRootKey(this.function);
    grantAssumeDestinationRoles(this.function);
    deliveryQueue.grantSend(this.function);
    deliveryQueue.grantTakeDeadLetters(this.function);
    props.replays.grantStep(this.function);
    props.clients.grantSend(this.function);
    props.clients.grantMakeTickets(this.function);
  }
}
