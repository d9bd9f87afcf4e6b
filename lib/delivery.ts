import { Duration } from 'aws-cdk-lib';
import { RecursiveLoop } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { DELIVERY_SECONDS } from '../functions/lifetimes.ts';
import { variable } from '../functions/shared/environment.ts';
import type { Alarms } from './alarms.ts';
import type { HawserConfig } from './config.ts';
import type { Credentials } from './credentials.ts';
import { DeliveryQueue } from './delivery-queue.ts';
import { grantAssumeDestinationRoles } from './destination-roles.ts';
import type { OperationalEvents } from './event-bus.ts';
import { HawserFunction } from './hawser-function.ts';
import { addNameLookupThreads } from './name-lookups.ts';
import { RetrySchedules } from './retry-schedules.ts';
import type { Storage } from './storage/storage.ts';

export interface DeliveryProps {
  config: HawserConfig;
  alarms: Alarms;
  storage: Storage;
  credentials: Credentials;
  operationalEvents: OperationalEvents;
}

const functionTimeout = Duration.seconds(DELIVERY_SECONDS);

/** The queue, the function, and the schedules of retries that are further away than SQS can delay. */
export class Delivery extends Construct {
  readonly function: HawserFunction;
  readonly queue: DeliveryQueue;
  readonly schedules: RetrySchedules;

  constructor(scope: Construct, id: string, props: DeliveryProps) {
    super(scope, id);
    const { config, alarms, storage } = props;
    this.queue = new DeliveryQueue(this, 'Queue', { alarms, functionTimeout });
    this.schedules = new RetrySchedules(this, 'Schedules', { alarms, target: this.queue.queue });
    this.function = new HawserFunction(this, 'Function', {
      config,
      alarms,
      name: 'delivery',
      description: 'Hawser: delivers, signs, retries and gives up',
      memoryMb: 512,
      timeout: functionTimeout,
      // A retry is meant to be a message to the function's own queue. Lambda would take that for a runaway loop and stop it
      // at the 16th. Instead every delivery is bounded by its own attempts (at most 10 retries).
      // https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
      recursiveLoop: RecursiveLoop.ALLOW,
      handsBack: true,
      runsTransforms: true,
    });
    this.function.setVariable(variable.destinationNetwork, config.destinationNetwork);
    addNameLookupThreads(this.function);
    // By default 400 of the account's usual 1,000 executions, with batches of ten: 20,000 deliveries a second at 200 ms each,
    // and 600 executions remain for ingest, fan-out and everything else. A destination that hangs keeps its batch for up to
    // 60 s; fair queues make sure that its backlog doesn't fill all 400.
    this.queue.drive(this.function, config.deliveryConcurrency);
    this.queue.grantSend(this.function);
    this.queue.grantSendDeadLetters(this.function);
    this.schedules.grantCreate(this.function);
    storage.events.grantLookUp(this.function);
    storage.configuration.grantLookUp(this.function);
    storage.configuration.grantDisableDestinations(this.function);
    storage.deliveries.grantRecord(this.function);
    props.credentials.grantDecrypt(this.function);
    grantAssumeDestinationRoles(this.function);
    props.operationalEvents.grantPublish(this.function);
  }
}
