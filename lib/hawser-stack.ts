import { CfnOutput, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { variable } from '../functions/shared/environment.ts';
import { Alarms } from './alarms.ts';
import { Clients } from './clients.ts';
import type { HawserConfig } from './config.ts';
import { Credentials } from './credentials.ts';
import { DashboardSite } from './dashboard-site.ts';
import { Delivery } from './delivery.ts';
import { OperationalEvents } from './event-bus.ts';
import { FanOut } from './fan-out.ts';
import { Gateway } from './gateway.ts';
import { Ingest } from './ingest.ts';
import { Management } from './management.ts';
import { OperationsDashboard } from './operations-dashboard.ts';
import { Replays } from './replays.ts';
import { Storage } from './storage/storage.ts';

/** All of Hawser. Region and account stay open, so that one template fits every deployment and the stack on one machine. */
export class HawserStack extends Stack {
  constructor(scope: Construct, id: string, config: HawserConfig) {
    super(scope, id, { stackName: config.stackName, description: 'Hawser, a webhook gateway' });
    const alarms = new Alarms(this, 'Alarms', { email: config.alarmEmail });
    const storage = new Storage(this, 'Storage', config);
    const credentials = new Credentials(this, 'Credentials', config);
    const operationalEvents = new OperationalEvents(this, 'OperationalEvents');
    const delivery = new Delivery(this, 'Delivery', { config, alarms, storage, credentials, operationalEvents });
    const deliveryQueue = delivery.queue;
    const fanOut = new FanOut(this, 'FanOut', { config, alarms, storage, deliveryQueue });
    const ingest = new Ingest(this, 'Ingest', { config, alarms, storage, credentials, operationalEvents });
    const replays = new Replays(this, 'Replays', { config, alarms, storage, deliveryQueue, operationalEvents });
    const clients = new Clients(this, 'Clients', { config, alarms, storage, deliveryQueue });
    clients.grantSend(delivery.function);
    const management = new Management(this, 'Management', {
      config,
      alarms,
      storage,
      credentials,
      deliveryQueue,
      replays,
      clients,
    });
    const gateway = new Gateway(this, 'Gateway', {
      config,
      alarms,
      ingest: ingest.function,
      management: management.function,
    });
    const site = config.dashboard ? new DashboardSite(this, 'Dashboard', { config, gateway }) : undefined;
    const publicUrl = config.publicUrl ?? site?.url ?? gateway.url;
    const ingestUrl = config.ingestUrl ?? config.publicUrl ?? gateway.url;
    for (const { function: fn } of [delivery, management]) fn.setVariable(variable.publicUrl, publicUrl);
    for (const { function: fn } of [ingest, management]) fn.setVariable(variable.ingestUrl, ingestUrl);
    const { dashboard } = new OperationsDashboard(this, 'Operations', {
      alarms,
      gateway,
      ingest,
      fanOut,
      delivery,
      replays,
      clients,
      management,
    });

    if (site !== undefined) {
      this.output('DashboardUrl', publicUrl, 'Dashboard');
      this.output(
        'DistributionDomainName',
        site.distribution.domainName,
        'Target of the DNS record if dashboard and API have a domain name of your own',
      );
    }
    this.output('ApiUrl', publicUrl, 'API under /v1');
    this.output('IngestUrl', ingestUrl, 'Ingest; senders post below /in');
    this.output('WebSocketUrl', clients.url, 'Where clients of WebSocket destinations connect to');
    this.output(
      'OperationsDashboardUrl',
      `https://${this.region}.console.aws.amazon.com/cloudwatch/home?region=${this.region}#dashboards:name=${dashboard.dashboardName}`,
      'CloudWatch dashboard',
    );
    this.output('DeliveryQueueUrl', deliveryQueue.queue.queueUrl, 'Deliveries that are due');
    this.output('DeadLetterQueueUrl', deliveryQueue.deadLetters.queueUrl, 'Deliveries that ran out of retries');
    this.output('FanOutFailuresUrl', fanOut.failures.queueUrl, 'Batches of events that fan-out gave up on');
    this.output(
      'ScheduleDeadLettersUrl',
      delivery.schedules.deadLetters.queueUrl,
      'Retries that Scheduler could not send',
    );
    this.output('ReplayDeadLettersUrl', replays.deadLetters.queueUrl, 'Steps of replays that were given up');
    this.output('RootKeySecretArn', credentials.rootKey.secretArn, 'Secret that holds the root key of the API');
    this.output('AlarmTopicArn', alarms.topic.topicArn, 'Topic that every alarm notifies');
    this.output(
      'DestinationPrincipals',
      [delivery.function.roleArn, management.function.roleArn].join(','),
      'Roles that must be trusted by the roles of destinations in AWS',
    );
    this.output('EventBusName', operationalEvents.bus.eventBusName, 'Bus of the operational events');
  }

  private output(id: string, value: string, description: string): void {
    new CfnOutput(this, id, { value, description });
  }
}
