import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  AccessLogField,
  AccessLogFormat,
  CfnRestApi,
  EndpointAccessMode,
  EndpointType,
  LambdaIntegration,
  LogGroupLogDestination,
  MethodLoggingLevel,
  RestApi,
  SecurityPolicy,
  type StageOptions,
} from 'aws-cdk-lib/aws-apigateway';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import { type Alarms, everyMinute, inTwoMinutes } from './alarms.ts';
import type { HawserConfig } from './config.ts';
import { gatewayResponses, responseTemplate } from './gateway-responses.ts';

export interface GatewayProps {
  config: HawserConfig;
  alarms: Alarms;
  ingest: IFunction;
  management: IFunction;
}

/**
 * One line per request: how it was answered, how long that took, and what went wrong between API Gateway and the
 * function. It has the paths of resources, not of requests, and no query, because those may contain secrets.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html
 */
const ACCESS_LOG = {
  requestId: AccessLogField.contextRequestId(),
  requestTime: AccessLogField.contextRequestTime(),
  ip: AccessLogField.contextIdentitySourceIp(),
  method: AccessLogField.contextHttpMethod(),
  resourcePath: AccessLogField.contextResourcePath(),
  protocol: AccessLogField.contextProtocol(),
  status: AccessLogField.contextStatus(),
  responseBytes: AccessLogField.contextResponseLength(),
  latencyMs: AccessLogField.contextResponseLatency(),
  integrationLatencyMs: AccessLogField.contextIntegrationLatency(),
  integrationStatus: AccessLogField.contextIntegrationStatus(),
  integrationError: AccessLogField.contextIntegrationErrorMessage(),
  error: AccessLogField.contextErrorMessage(),
};

/** The REST API in front of ingest and management. Bytes pass untouched: everything is binary, nothing is compressed. */
export class Gateway extends Construct {
  readonly api: RestApi;
  readonly stageName = 'live';
  /** The host of the API without its stage. The stage depends on the functions, so that they may know only the host. */
  readonly host: string;
  /** Without a trailing slash. */
  readonly url: string;

  constructor(scope: Construct, id: string, props: GatewayProps) {
    super(scope, id);
    this.api = new RestApi(this, 'Api', {
      restApiName: Stack.of(this).stackName,
      description: 'Hawser: ingest and management API',
      endpointTypes: [EndpointType.REGIONAL],
      binaryMediaTypes: ['*/*'],
      cloudWatchRole: false,
      deployOptions: this.stage(props.config),
    });
    // The name of this output depends on the construct tree; the stack has an output of its own.
    this.api.node.tryRemoveChild('Endpoint');
    const { region, urlSuffix } = Stack.of(this);
    this.host = `${this.api.restApiId}.execute-api.${region}.${urlSuffix}`;
    this.url = `https://${this.host}/${this.stageName}`;
    this.requireModernTls();
    this.addRoutes(props);
    this.addResponses();
    this.acknowledgeRules(props.config);
    this.addAlarms(props);
  }

  /**
   * At least TLS 1.2 with forward secrecy, which every sender still in use supports. The L2 construct does not have the
   * setting yet.
   * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies.html
   */
  private requireModernTls(): void {
    const resource = this.api.node.defaultChild;
    if (!(resource instanceof CfnRestApi)) throw new Error('the API is not one resource of the template');
    resource.securityPolicy = SecurityPolicy.TLS13_1_2_PFS_PQ_2025_09;
    resource.endpointAccessMode = EndpointAccessMode.STRICT;
  }

  private stage(config: HawserConfig): StageOptions {
    const options: StageOptions = {
      stageName: this.stageName,
      throttlingRateLimit: config.throttleRate,
      throttlingBurstLimit: config.throttleBurst,
      tracingEnabled: config.tracing,
      loggingLevel: MethodLoggingLevel.OFF,
    };
    if (!config.accessLogs) return options;
    const logGroup = new LogGroup(this, 'AccessLogs', {
      retention: config.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    return {
      ...options,
      accessLogDestination: new LogGroupLogDestination(logGroup),
      accessLogFormat: AccessLogFormat.custom(JSON.stringify(ACCESS_LOG)),
    };
  }

  private addRoutes({ ingest, management }: GatewayProps): void {
    const toIngest = integrate(ingest);
    const source = this.api.root.addResource('in').addResource('{source_id}');
    source.addMethod('ANY', toIngest);
    source.addResource('{proxy+}').addMethod('ANY', toIngest);
    this.api.root.addResource('v1').addResource('{proxy+}').addMethod('ANY', integrate(management));
  }

  private addAlarms({ alarms, config }: GatewayProps): void {
    alarms.add(this, {
      name: 'api-5xx',
      description:
        'The API answered with a 5xx status in two of the last thirty minutes; senders may lose webhooks that they do not retry.',
      metric: this.api.metricServerError(everyMinute),
      ...inTwoMinutes,
    });
    // Throttled requests are answered 429, which has no metric of its own: 4XX counts every mistake of a sender.
    alarms.add(this, {
      name: 'api-request-rate',
      description:
        'Ingest and API together received four fifths of the request rate at which either is throttled; throttled webhooks are refused, and not all senders retry them.',
      metric: this.api.metricCount(everyMinute),
      threshold: Math.ceil(0.8 * 60 * config.throttleRate),
    });
  }

  private addResponses(): void {
    for (const response of gatewayResponses) {
      this.api.addGatewayResponse(response.type.responseType, {
        type: response.type,
        ...(response.statusCode === undefined ? {} : { statusCode: response.statusCode }),
        responseHeaders: { 'Cache-Control': "'no-store'", ...response.headers },
        templates: { 'application/json': responseTemplate(response) },
      });
    }
  }

  private acknowledgeRules(config: HawserConfig): void {
    const { api } = this;
    const stage = api.deploymentStage;
    acknowledge(
      api,
      'APIG2',
      'Ingest takes any body by design; the management function parses every request with zod.',
    );
    acknowledge(
      api,
      'APIG4',
      'Senders of webhooks can not sign for AWS: the functions check API keys and the signatures of sources.',
    );
    acknowledge(api, 'COG4', 'Hawser has API keys of its own, scoped to organizations; there is no user pool.');
    acknowledge(
      stage,
      'APIG3',
      'A web ACL costs more than the whole stack at rest; throttling is on, and a user may attach one.',
    );
    acknowledge(
      stage,
      'APIG6',
      'Execution logs would contain payloads and API keys; the functions log each request without them.',
    );
    if (!config.accessLogs) {
      acknowledge(
        stage,
        'APIG1',
        'Access logs need a role that is set once for account and region, which a stack must not take over; hawser:accessLogs=true turns them on where it exists.',
      );
    }
  }
}

/** Integrates without a test button in the console, which would need a permission of its own on each route. */
function integrate(fn: IFunction): LambdaIntegration {
  return new LambdaIntegration(fn, { allowTestInvoke: false });
}
