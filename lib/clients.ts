import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AccessLogField, AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  type IAccessLogSettings,
  LogGroupLogDestination,
  WebSocketApi,
  WebSocketStage,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { WebSocketLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { variable } from '../functions/shared/environment.ts';
import { acknowledge, logicalId } from './acknowledge.ts';
import { type Alarms, everyMinute, inThreeMinutes } from './alarms.ts';
import type { HawserConfig } from './config.ts';
import type { DeliveryQueue } from './delivery-queue.ts';
import { HawserFunction } from './hawser-function.ts';
import type { Storage } from './storage/storage.ts';

export interface ClientsProps {
  config: HawserConfig;
  alarms: Alarms;
  storage: Storage;
  deliveryQueue: DeliveryQueue;
}

const STAGE_NAME = 'live';

/**
 * New clients, and messages of clients, per second. By default API Gateway accepts 500 new connections a second per
 * account:
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
 */
const REQUESTS_PER_SECOND = 500;

/** The API that clients of WebSocket destinations connect to. */
export class Clients extends Construct {
  readonly function: HawserFunction;
  /** Where clients connect to. */
  readonly url: string;
  private readonly api: WebSocketApi;
  private readonly stage: WebSocketStage;
  private readonly storage: Storage;

  constructor(scope: Construct, id: string, props: ClientsProps) {
    super(scope, id);
    const { config, alarms, storage, deliveryQueue } = props;
    this.storage = storage;
    this.function = new HawserFunction(this, 'Function', {
      config,
      alarms,
      name: 'websocket',
      description: 'Hawser: admits clients of WebSocket destinations, and records who is connected',
      memoryMb: 512,
      // It makes a few reads and writes of some milliseconds each, and must end while its client still counts as connecting.
      timeout: Duration.seconds(15),
    });
    storage.configuration.grantLookUp(this.function);
    storage.configuration.grantNoteKeyUse(this.function);
    storage.clients.grantRegister(this.function);
    storage.deliveries.grantRecordClientAnswers(this.function);
    deliveryQueue.grantSend(this.function);

    this.api = new WebSocketApi(this, 'Api', {
      apiName: `${Stack.of(this).stackName}-clients`,
      description: 'Hawser: clients of WebSocket destinations',
      routeSelectionExpression: '$request.body.action',
    });
    for (const routeKey of ['$connect', '$disconnect', '$default']) {
      this.api.addRoute(routeKey, {
        integration: new WebSocketLambdaIntegration(`To${routeKey}`, this.function),
      });
    }
    this.stage = new WebSocketStage(this, 'Stage', {
      webSocketApi: this.api,
      stageName: STAGE_NAME,
      autoDeploy: true,
      throttle: { rateLimit: REQUESTS_PER_SECOND, burstLimit: REQUESTS_PER_SECOND },
      ...(config.accessLogs && { accessLogSettings: this.accessLog(config) }),
    });
    this.url = `${this.api.apiEndpoint}/${STAGE_NAME}`;
    this.allowClients(this.function, ['POST']);
    this.acknowledgeRules(config);
    alarms.add(this, {
      name: 'websocket-execution-errors',
      description:
        'The WebSocket API could not call its function in three of the last thirty minutes; no client can connect.',
      metric: new Metric({
        namespace: 'AWS/ApiGateway',
        metricName: 'ExecutionError',
        dimensionsMap: { ApiId: this.api.apiId, Stage: STAGE_NAME },
        ...everyMinute,
      }),
      ...inThreeMinutes,
    });
  }

  /** For a function that sends to clients, and disconnects those that have lost access. */
  grantSend(fn: HawserFunction): void {
    this.storage.clients.grantFindClients(fn);
    this.allowClients(fn, ['POST', 'DELETE']);
  }

  /** For a function that issues the tickets with which clients connect. */
  grantMakeTickets(fn: HawserFunction): void {
    this.storage.clients.grantAddTickets(fn);
    fn.setVariable(variable.websocketUrl, this.url);
  }

  private allowClients(fn: HawserFunction, methods: readonly ('POST' | 'DELETE')[]): void {
    fn.setVariable(variable.clientsEndpoint, this.stage.callbackUrl);
    for (const method of methods) {
      const resourceName = `${STAGE_NAME}/${method}/@connections/*`;
      const arn = Stack.of(this).formatArn({ service: 'execute-api', resource: this.api.apiId, resourceName });
      fn.allow(['execute-api:ManageConnections'], [arn]);
      fn.acknowledgeWildcard(
        `arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>:<${logicalId(this.api)}>/${resourceName}`,
        'The ids of clients exist only once they connect; the wildcard is confined to the clients of this one API.',
      );
    }
  }

  /** Leaves out the query string, which may contain a ticket. */
  private accessLog(config: HawserConfig): IAccessLogSettings {
    const logGroup = new LogGroup(this, 'AccessLogs', {
      retention: config.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const fields = {
      requestId: AccessLogField.contextRequestId(),
      connectionId: AccessLogField.contextConnectionId(),
      eventType: AccessLogField.contextEventType(),
      routeKey: AccessLogField.contextRouteKey(),
      status: AccessLogField.contextStatus(),
      ip: AccessLogField.contextIdentitySourceIp(),
      requestTime: AccessLogField.contextRequestTime(),
    };
    return {
      destination: new LogGroupLogDestination(logGroup),
      format: AccessLogFormat.custom(JSON.stringify(fields)),
    };
  }

  private acknowledgeRules(config: HawserConfig): void {
    acknowledge(
      this.api,
      'APIG4',
      'The function of $connect checks the ticket or API key; the other routes are open only to clients that it has admitted.',
    );
    if (!config.accessLogs) {
      acknowledge(
        this.stage,
        'APIG1',
        'Access logs need a role that is set once for account and region, which a stack must not take over; hawser:accessLogs=true turns them on where it exists.',
      );
    }
  }
}
