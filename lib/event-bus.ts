import { Stack } from 'aws-cdk-lib';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { Construct } from 'constructs';
import { variable } from '../functions/shared/environment.ts';
import type { HawserFunction } from './hawser-function.ts';

/** The bus of the operational events, such as `delivery.dead_lettered`, for which users can write rules. */
export class OperationalEvents extends Construct {
  readonly bus: EventBus;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.bus = new EventBus(this, 'Bus', {
      // The CDK would name it alike in every stack of this app, but names of buses are unique per account and region.
      eventBusName: `${Stack.of(this).stackName}-events`,
      description: 'Operational events of Hawser',
    });
  }

  grantPublish(fn: HawserFunction): void {
    fn.setVariable(variable.eventBusName, this.bus.eventBusName);
    fn.allow(['events:PutEvents'], [this.bus.eventBusArn]);
  }
}
