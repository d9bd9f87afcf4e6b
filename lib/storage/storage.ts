import { Construct } from 'constructs';
import type { HawserConfig } from '../config.ts';
import { ClientStorage } from './clients.ts';
import { ConfigurationStorage } from './configuration.ts';
import { DeliveryStorage } from './deliveries.ts';
import { EventStorage } from './events.ts';

/**
 * Tables and bucket: everything that must survive. Each grant sets both the variable and the permission. All of them are
 * created in this scope, because their logical ids in CloudFormation derive from it.
 */
export class Storage extends Construct {
  readonly events: EventStorage;
  readonly deliveries: DeliveryStorage;
  readonly configuration: ConfigurationStorage;
  readonly clients: ClientStorage;

  constructor(scope: Construct, id: string, config: HawserConfig) {
    super(scope, id);
    this.events = new EventStorage(this, config);
    this.deliveries = new DeliveryStorage(this, config);
    this.configuration = new ConfigurationStorage(this, config);
    this.clients = new ClientStorage(this, config);
  }
}
