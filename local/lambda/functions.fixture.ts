import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../clock.ts';
import { AwsEndpoint } from '../wire/endpoint.ts';
import type { FunctionSpec, InvokeResult } from './function-spec.ts';
import { LambdaRunner, type LambdaRunnerOptions } from './runner.ts';

/** A runner whose functions have no services behind them and little time to finish. */
export function newRunner(options: Partial<LambdaRunnerOptions> = {}): LambdaRunner {
  return new LambdaRunner({
    clock: systemClock,
    endpoint: new AwsEndpoint([]),
    endpointUrl: 'http://127.0.0.1:4101',
    region: 'eu-west-1',
    closeGraceMs: 200,
    ...options,
  });
}

/** Writes `source` as the bundle of a function into a folder of its own, for tests that run real workers. */
export function writeFunction(
  folder: string,
  { source, spec }: { source: string; spec?: Partial<FunctionSpec> },
): FunctionSpec {
  const name = spec?.name ?? 'probe';
  const codeDir = join(folder, name);
  mkdirSync(codeDir, { recursive: true });
  writeFileSync(join(codeDir, 'index.mjs'), source);
  return {
    name,
    arn: `arn:aws:lambda:eu-west-1:000000000000:function:${name}`,
    codeDir,
    handler: 'index.handler',
    timeoutMs: 3_000,
    memoryMb: 128,
    environment: { GREETING: 'hello' },
    ...spec,
  };
}

interface RecordsEvent {
  readonly Records: readonly {
    readonly messageId: string;
    readonly body: string;
    readonly dynamodb: { readonly SequenceNumber: string; readonly Keys: { readonly id: { readonly S: string } } };
  }[];
}

type CannedResponse = InvokeResult | ((event: RecordsEvent) => unknown);

/** Replaces the runner in tests about batches rather than workers. It records the events and responds as configured. */
export class FakeRunner {
  readonly events: RecordsEvent[] = [];
  readonly #responses: CannedResponse[] = [];
  #held: (() => void)[] = [];
  /** Decides which invocations throw once the given responses are used up. */
  fail: (event: RecordsEvent) => boolean = () => false;
  /** What the others return. */
  otherwise: (event: RecordsEvent) => unknown = () => null;
  /** Which invocations don't end before `releaseAll`. */
  holdIf: (event: RecordsEvent) => boolean = () => false;
  /** Passes invocations on to a real runner instead. */
  forward: ((functionArn: string, payload: string) => Promise<InvokeResult>) | undefined;

  /** The next invocation gets this result, or what this function returns for its event. */
  respondWith(response: CannedResponse): void {
    this.#responses.push(response);
  }

  /** From now on, invocations don't end before `releaseAll`. */
  hold(): void {
    this.holdIf = () => true;
  }

  releaseAll(): void {
    this.holdIf = () => false;
    for (const release of this.#held.splice(0)) release();
  }

  /** Invocations held now never end, as if the process had been killed. */
  crash(): void {
    this.holdIf = () => false;
    this.#held = [];
  }

  async invoke(functionArn: string, payload: string): Promise<InvokeResult> {
    const event: RecordsEvent = JSON.parse(payload);
    this.events.push(event);
    const requestId = `request-${this.events.length}`;
    if (this.holdIf(event)) await new Promise<void>((release) => this.#held.push(release));
    if (this.forward) return this.forward(functionArn, payload);
    const response = this.#responses.shift() ?? this.otherwise;
    if (typeof response !== 'function') return { ...response, requestId };
    if (this.fail(event)) return { ok: false, requestId, errorType: 'Error', errorMessage: 'told to fail' };
    return { ok: true, requestId, payload: JSON.stringify(response(event)) };
  }
}
