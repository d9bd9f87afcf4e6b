import { randomBytes, randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { AwsEndpoint } from '../wire/endpoint.ts';
import { FunctionLog } from './function-log.ts';
import { FunctionPool } from './function-pool.ts';
import { exceedsBytes, type FunctionSpec, type InvokeResult, MAX_REQUEST_PAYLOAD_BYTES } from './function-spec.ts';

import { locateHandler } from './handler-file.ts';
import { COMPILE_CACHE_VARIABLE } from './worker-messages.ts';

export type { FunctionSpec, InvokeResult } from './function-spec.ts';

export interface LambdaRunnerOptions {
  readonly clock: Clock;
  /** The embedded services, which the functions call. */
  readonly endpoint: AwsEndpoint;
  /** Where the endpoint listens: the functions' `AWS_ENDPOINT_URL`. */
  readonly endpointUrl: string;
  readonly region: string;
  /**
   * How the functions' requests reach the endpoint: handed over between threads, which is the default and takes about three
   * quarters of the processor time, or over HTTP like any other client's. The bytes are the same.
   */
  readonly transport?: 'in-process' | 'http';
  /** Folder for the log files, one for each function. Without it the functions' output is dropped. */
  readonly logDirectory?: string;
  /**
   * Folder for Node's compile cache. With it, a bundle is compiled once instead of in every environment. That halves the time in
   * which a further environment starts.
   */
  readonly compileCacheDirectory?: string;
  /** How many invocations one environment takes at once. Default 64. With 1 it is Lambda as the stack is deployed. */
  readonly environmentConcurrency?: number;
  /** How long running invocations may take to end when the runner is closed, in real time. Default 5,000. */
  readonly closeGraceMs?: number;
}

const DEFAULT_CLOSE_GRACE_MS = 5_000;

/**
 * Runs the stack's bundled functions in worker threads, each thread one execution environment: it keeps its module state
 * from one invocation to the next, and is replaced when it crashes or one of its invocations times out.
 */
export class LambdaRunner {
  /**
   * The access key of the functions' credentials. It can't be guessed, so the endpoint can tell the functions' own requests from
   * those with the credentials of a destination.
   */
  readonly accessKeyId = `ASIALOCAL${randomBytes(10).toString('hex').toUpperCase()}`;
  readonly #options: LambdaRunnerOptions;
  readonly #pools = new Map<string, FunctionPool>();

  constructor(options: LambdaRunnerOptions) {
    this.#options = options;
  }

  /**
   * Creates the function, or replaces it if anything about it has changed. The old one finishes the invocations that it already
   * has.
   * @throws Error if its bundle is missing.
   */
  ensureFunction(spec: FunctionSpec): void {
    locateHandler(spec);
    const existing = this.#pools.get(spec.arn);
    if (existing && JSON.stringify(existing.spec) === JSON.stringify(spec)) return;
    if (existing) void existing.whenIdle().then(() => existing.close(0));
    const { clock, logDirectory, transport, endpoint, endpointUrl, environmentConcurrency } = this.#options;
    const log = logDirectory === undefined ? undefined : new FunctionLog(logDirectory, spec.name);
    const inProcess = transport === 'http' ? undefined : { url: endpointUrl, endpoint };
    const variables = this.#variables(spec);
    this.#pools.set(spec.arn, new FunctionPool({ spec, clock, log, inProcess, environmentConcurrency, variables }));
  }

  /**
   * Invokes synchronously. An error in the function, or a refusal by Lambda (`RequestEntityTooLargeException`), is a result with
   * `ok: false`.
   * @param client signal of a client that waits for the response. If it is aborted, an invocation that still waits for an
   * environment is withdrawn; one that has started continues, as on Lambda. If too much is waiting already, the invocation is
   * refused (`TooManyRequestsException`). Without a signal, as for a batch, neither happens.
   * @throws AwsError `ResourceNotFoundException` if there is no such function.
   */
  async invoke(functionArn: string, payloadJson: string, client?: AbortSignal): Promise<InvokeResult> {
    const pool = this.#pool(functionArn);
    if (exceedsBytes(payloadJson, MAX_REQUEST_PAYLOAD_BYTES)) return tooLarge(payloadJson);
    return pool.invoke(payloadJson, client);
  }

  /** How many invocations of a function can run at once. @throws AwsError `ResourceNotFoundException` */
  maxConcurrency(functionArn: string): number {
    return this.#pool(functionArn).maxConcurrency;
  }

  /** Prepares one environment of each function, as a provisioned concurrency of one would. */
  async warm(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.warm()));
  }

  /** Resolves when no invocation of any function runs or waits. */
  async whenIdle(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.whenIdle()));
  }

  async close(): Promise<void> {
    const graceMs = this.#options.closeGraceMs ?? DEFAULT_CLOSE_GRACE_MS;
    await Promise.all([...this.#pools.values()].map((pool) => pool.close(graceMs)));
  }

  #pool(functionArn: string): FunctionPool {
    const pool = this.#pools.get(functionArn);
    if (!pool) throw new AwsError('ResourceNotFoundException', `Function not found: ${functionArn}`, 404);
    return pool;
  }

  /**
   * Everything that a function sees of its surroundings, and nothing of the host's:
   * https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
   */
  #variables(spec: FunctionSpec): Record<string, string> {
    const { region, endpointUrl, compileCacheDirectory } = this.#options;
    return {
      ...spec.environment,
      // For Node, not for the function: the worker removes it before the function can see it.
      ...(compileCacheDirectory !== undefined && { [COMPILE_CACHE_VARIABLE]: compileCacheDirectory }),
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
      AWS_ENDPOINT_URL: endpointUrl,
      ...localEndpoints(spec.environment, endpointUrl),
      AWS_ACCESS_KEY_ID: this.accessKeyId,
      AWS_SECRET_ACCESS_KEY: 'local-credentials-are-not-checked',
      AWS_SESSION_TOKEN: 'local-session-token',
      AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
      AWS_LAMBDA_FUNCTION_NAME: spec.name,
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(spec.memoryMb),
      AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
      AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${spec.name}`,
      LAMBDA_TASK_ROOT: spec.codeDir,
      _HANDLER: spec.handler,
      TZ: ':UTC',
      LANG: 'en_US.UTF-8',
      PATH: '/usr/local/bin:/usr/bin:/bin',
    };
  }
}

/**
 * A function's own endpoints for single services take precedence over `AWS_ENDPOINT_URL`, so they must point here too. A path,
 * such as the stage of an API, is kept. https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
 */
function localEndpoints(environment: FunctionSpec['environment'], endpointUrl: string): Record<string, string> {
  const own = Object.entries(environment).filter(([name]) => name.startsWith('AWS_ENDPOINT_URL_'));
  return Object.fromEntries(
    own.map(([name, url]) => {
      const { pathname } = new URL(url);
      return [name, pathname === '/' ? endpointUrl : `${endpointUrl}${pathname}`];
    }),
  );
}

function tooLarge(payload: string): InvokeResult {
  return {
    ok: false,
    requestId: randomUUID(),
    errorType: 'RequestEntityTooLargeException',
    errorMessage: `${Buffer.byteLength(payload)} byte payload is too large for the RequestResponse invocation type (limit ${MAX_REQUEST_PAYLOAD_BYTES} bytes)`,
    refused: true,
  };
}
