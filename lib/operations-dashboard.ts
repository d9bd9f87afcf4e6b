import { AlarmStatusWidget, Dashboard, GraphWidget, type IMetric, PeriodOverride } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { Alarms } from './alarms.ts';
import type { Clients } from './clients.ts';
import type { Delivery } from './delivery.ts';
import type { FanOut } from './fan-out.ts';
import type { Gateway } from './gateway.ts';
import type { HawserFunction } from './hawser-function.ts';
import type { Ingest } from './ingest.ts';
import type { Management } from './management.ts';
import type { Replays } from './replays.ts';

export interface OperationsDashboardProps {
  alarms: Alarms;
  gateway: Gateway;
  ingest: Ingest;
  fanOut: FanOut;
  delivery: Delivery;
  replays: Replays;
  clients: Clients;
  management: Management;
}

/** One page, in the order in which a webhook passes: alarms, API, functions, queues. */
export class OperationsDashboard extends Construct {
  readonly dashboard: Dashboard;

  constructor(scope: Construct, id: string, props: OperationsDashboardProps) {
    super(scope, id);
    const { gateway, ingest, fanOut, delivery, replays, clients, management } = props;
    const functions = [ingest, fanOut, delivery, replays, clients, management].map((part) => part.function);
    const each = (pick: (fn: HawserFunction) => IMetric) => functions.map(pick);
    this.dashboard = new Dashboard(this, 'Dashboard', { periodOverride: PeriodOverride.AUTO });
    this.dashboard.addWidgets(
      new AlarmStatusWidget({ title: 'Alarms', alarms: props.alarms.declared, width: 24, height: 4 }),
    );
    this.dashboard.addWidgets(
      graph('Requests', [gateway.api.metricCount(), gateway.api.metricClientError(), gateway.api.metricServerError()]),
      graph('Time to answer', [
        gateway.api.metricLatency({ statistic: 'p50' }),
        gateway.api.metricLatency({ statistic: 'p99' }),
      ]),
      graph('Behind the stream', [fanOut.iteratorAge]),
    );
    this.dashboard.addWidgets(
      graph(
        'Invocations',
        each((fn) => fn.metricInvocations()),
      ),
      graph('Errors, throttles, unprocessed messages', [
        ...each((fn) => fn.metricErrors()),
        ...each((fn) => fn.metricThrottles()),
        delivery.function.metricUnprocessed(),
        replays.function.metricUnprocessed(),
      ]),
      graph(
        'Duration',
        each((fn) => fn.metricDuration({ statistic: 'p95' })),
      ),
    );
    const { queue, deadLetters } = delivery.queue;
    this.dashboard.addWidgets(
      graph('Delivery queue', [
        queue.metricApproximateNumberOfMessagesVisible({ label: 'due' }),
        queue.metricApproximateNumberOfMessagesNotVisible({ label: 'in delivery' }),
        queue.metricApproximateNumberOfMessagesDelayed({ label: 'waiting for a retry' }),
      ]),
      graph('Age of the oldest delivery', [queue.metricApproximateAgeOfOldestMessage()]),
      graph('Given up', [
        deadLetters.metricApproximateNumberOfMessagesVisible({ label: 'dead letters' }),
        fanOut.failures.metricApproximateNumberOfMessagesVisible({ label: 'fan-out failures' }),
        delivery.schedules.deadLetters.metricApproximateNumberOfMessagesVisible({ label: 'schedule dead letters' }),
        replays.deadLetters.metricApproximateNumberOfMessagesVisible({ label: 'replay dead letters' }),
      ]),
    );
  }
}

function graph(title: string, left: IMetric[]): GraphWidget {
  return new GraphWidget({ title, left, width: 8, height: 6 });
}
