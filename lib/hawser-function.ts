import { fileURLToPath } from 'node:url';
import { type Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Metric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  ApplicationLogLevel,
  Architecture,
  LoggingFormat,
  type RecursiveLoop,
  Runtime,
  SystemLogLevel,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogLevel, NodejsFunction, OutputFormat, SourceMapMode } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { Variable } from '../functions/shared/environment.ts';
import { METRICS_NAMESPACE, metricName } from '../functions/shared/metrics.ts';
import { acknowledge } from './acknowledge.ts';
import { type Alarms, everyMinute, inThreeMinutes, inTwoMinutes } from './alarms.ts';
import type { HawserConfig } from './config.ts';
import { sandboxBundling } from './transform-sandbox.ts';

export interface HawserFunctionProps {
  config: HawserConfig;
  alarms: Alarms;
  /** Folder under `functions/` that holds `handler.ts`; also the first part of the alarms' names. */
  name: 'ingest' | 'fan-out' | 'delivery' | 'replay' | 'websocket' | 'management';
  description: string;
  memoryMb: number;
  timeout: Duration;
  recursiveLoop?: RecursiveLoop;
  /** Puts the sandbox for transforms beside the bundle. */
  runsTransforms?: boolean;
  /** Set if nothing retries its failures, so that its alarms fire sooner. */
  losesFailures?: boolean;
  /** Set if it hands failed messages back to their queue, and counts them. */
  handsBack?: boolean;
}

const projectRoot = fileURLToPath(new URL('..', import.meta.url));

/**
 * The base of all functions of Hawser: one ESM bundle, a role of its own that may write to its own log group and nothing
 * else, JSON logs, alarms on errors and throttles. Access is granted by the constructs that own the resources.
 */
export class HawserFunction extends NodejsFunction {
  private readonly ownRole: Role;

  constructor(scope: Construct, id: string, props: HawserFunctionProps) {
    const { config } = props;
    const logGroup = new LogGroup(scope, `${id}Logs`, {
      retention: config.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new Role(scope, `${id}Role`, {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `Hawser: role of the ${props.name} function`,
    });
    super(scope, id, {
      entry: `${projectRoot}functions/${props.name}/handler.ts`,
      projectRoot,
      depsLockFilePath: `${projectRoot}package-lock.json`,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      description: props.description,
      memorySize: props.memoryMb,
      timeout: props.timeout,
      role,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      systemLogLevelV2: SystemLogLevel.WARN,
      applicationLogLevelV2: ApplicationLogLevel[config.logLevel],
      tracing: config.tracing ? Tracing.ACTIVE : Tracing.DISABLED,
      ...(props.recursiveLoop === undefined ? {} : { recursiveLoop: props.recursiveLoop }),
      // No reserved concurrency: it would permanently use part of the account's quota, and an account with the initial quota
      // of 10 could not deploy at all. Delivery, the one function that waits for others, is bounded at its event source.
      bundling: {
        format: OutputFormat.ESM,
        target: 'node24',
        mainFields: ['module', 'main'],
        // The SDK of the runtime is not the tested version, and starts more slowly than a bundled one.
        bundleAwsSDK: true,
        minify: true,
        // Omits the list of sizes, in which esbuild marks files over a megabyte as if that were a warning.
        logLevel: LogLevel.WARNING,
        sourceMap: true,
        // Beside the bundle, for reading stack traces afterwards; Node would load a linked source map at each cold start.
        sourceMapMode: SourceMapMode.EXTERNAL,
        ...(props.runsTransforms && { commandHooks: sandboxBundling }),
      },
    });
    this.ownRole = role;
    role.addToPolicy(
      new PolicyStatement({
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: [logGroup.logGroupArn],
      }),
    );
    if (config.tracing)
      this.acknowledgeWildcard('*', 'X-Ray has no resources to name: its write actions accept only *.');
    this.addAlarms(props);
  }

  get roleArn(): string {
    return this.ownRole.roleArn;
  }

  /** Sets a variable of functions/shared/environment.ts. */
  setVariable(name: Variable, value: string): void {
    this.addEnvironment(name, value);
  }

  /** Allows explicit actions on explicit resources. */
  allow(actions: string[], resources: string[], conditions: Record<string, Record<string, unknown>> = {}): void {
    this.addToRolePolicy(new PolicyStatement({ actions, resources, conditions }));
  }

  /** Gives the reason why a resource of the role's policy ends in a wildcard; `resource` is written as in the finding. */
  acknowledgeWildcard(resource: string, reason: string): void {
    acknowledge(this.ownRole, `IAM5[Resource::${resource}]`, reason);
  }

  /** Messages that it has handed back. Lambda's own metrics do not count them as errors, because the invocation succeeded. */
  metricUnprocessed(options: MetricOptions = {}): Metric {
    return new Metric({
      namespace: METRICS_NAMESPACE,
      metricName: metricName.unprocessed,
      dimensionsMap: { FunctionName: this.functionName },
      statistic: Stats.SUM,
      ...options,
    });
  }

  private addAlarms({ alarms, name, losesFailures = false, handsBack = false }: HawserFunctionProps): void {
    const [often, minutes] = losesFailures ? [inTwoMinutes, 'two'] : [inThreeMinutes, 'three'];
    alarms.add(this, {
      name: `${name}-errors`,
      description: `The ${name} function failed or timed out in ${minutes} of the last thirty minutes.`,
      metric: this.metricErrors(everyMinute),
      ...often,
    });
    alarms.add(this, {
      name: `${name}-throttles`,
      description: `Lambda throttled the ${name} function in ${minutes} of the last thirty minutes.`,
      metric: this.metricThrottles(everyMinute),
      ...often,
    });
    if (!handsBack) return;
    alarms.add(this, {
      name: `${name}-unprocessed`,
      description: `The ${name} function could not process messages in three of the last thirty minutes; they come back.`,
      metric: this.metricUnprocessed(everyMinute),
      ...inThreeMinutes,
    });
  }
}
