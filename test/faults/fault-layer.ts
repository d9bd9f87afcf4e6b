import { setTimeout as sleep } from 'node:timers/promises';
import { AwsError } from '../../local/wire/aws-error.ts';
import { AwsEndpoint } from '../../local/wire/endpoint.ts';
import type { WireRequest, WireResponse, WireService } from '../../local/wire/wire.ts';
import { takeInPart } from './in-part.ts';

/** Access key ids of the functions begin like this (local/lambda). Calls of tests and tools do not fail. */
const OF_FUNCTIONS = 'ASIALOCAL';

/** More tries than the SDK makes of one call. */
const EVERY_TRY = 99;

/** How much likelier transactions are to fail: the records of retries are few, and much depends on them. */
const MORE_OF_RECORDS = 3;

/** What happens to a call. */
export type FaultKind =
  | 'throttled'
  /** A 500 before anything was done. */
  | 'refused'
  /** A 500 after everything was done. */
  | 'lost'
  /** Only some items of a batch are taken. */
  | 'in part'
  /** A transaction that is throttled, which the SDK does not try again. */
  | 'cancelled'
  | 'slow'
  /** The answer comes later than the client waits. */
  | 'hangs';

interface Fault {
  readonly kind: FaultKind;
  /** How many more tries of the SDK fail. */
  left: number;
}

type Pass = (request: WireRequest) => Promise<WireResponse>;

/** Makes calls from the functions to the embedded services fail. */
export class FaultLayer {
  /** That a call fails. */
  probability = 0;
  /** The share of faults that outlast all tries of the SDK. */
  persistent = 0.5;
  random: () => number = Math.random;
  /** How often each fault has occurred. */
  readonly met = new Map<FaultKind, number>();
  readonly #services = new Map<string, WireService>();
  /** Keyed by the id that all tries of a call share. */
  readonly #decided = new Map<string, Fault | undefined>();

  /** Hooks into every endpoint, those made from now on included. @returns a function that undoes this */
  install(): () => void {
    const services = this.#services;
    const through = (request: WireRequest, pass: Pass) => this.#through(request, pass);
    const { add, handle } = AwsEndpoint.prototype;
    AwsEndpoint.prototype.add = function (service) {
      services.set(service.signingName, service);
      add.call(this, service);
    };
    AwsEndpoint.prototype.handle = function (request) {
      return through(request, (passed) => handle.call(this, passed));
    };
    return () => void Object.assign(AwsEndpoint.prototype, { add, handle });
  }

  async #through(request: WireRequest, pass: Pass): Promise<WireResponse> {
    const { authorization = '' } = request.headers;
    const [, signingName = ''] = /Credential=[^/]+\/\d{8}\/[^/]+\/([a-z0-9-]+)\//.exec(authorization) ?? [];
    const service = this.#services.get(signingName);
    if (!service || !authorization.includes(OF_FUNCTIONS)) return pass(request);
    const operation = request.headers['x-amz-target']?.split('.').at(-1) ?? '';
    const fault = this.#faultOf(request.headers['amz-sdk-invocation-id'], operation);
    if (!fault || fault.left <= 0) return pass(request);
    fault.left--;
    this.met.set(fault.kind, (this.met.get(fault.kind) ?? 0) + 1);
    return this.#meet(fault.kind, { service, operation, request, pass });
  }

  async #meet(
    kind: FaultKind,
    {
      service,
      operation,
      request,
      pass,
    }: { service: WireService; operation: string; request: WireRequest; pass: Pass },
  ): Promise<WireResponse> {
    const failed = () => service.errorResponse(new AwsError('InternalServerError', `test: ${kind}`, 500));
    switch (kind) {
      case 'throttled':
        return service.errorResponse(throttleOf(service.signingName));
      case 'refused':
        return failed();
      case 'lost':
        await pass(request);
        return failed();
      case 'in part':
        return (await takeInPart(operation, request, pass, this.random)) ?? failed();
      case 'cancelled':
        return service.errorResponse(throttledTransaction());
      case 'slow':
        // Shorter than the client's timeout. Time runs five times as fast meanwhile, so a retry of 5 s may overtake the record
        // ahead of it.
        await sleep(100 + this.random() * 3_400);
        return pass(request);
      case 'hangs': {
        const answer = await pass(request);
        // `requestTimeout` of functions/shared/aws-clients.ts is 4 s.
        await sleep(4_500);
        return answer;
      }
    }
  }

  #faultOf(call: string | undefined, operation: string): Fault | undefined {
    if (call !== undefined && this.#decided.has(call)) return this.#decided.get(call);
    const isRecord = operation === 'TransactWriteItems';
    const isMet = this.random() < this.probability * (isRecord ? MORE_OF_RECORDS : 1);
    const fault = isMet ? this.#newFault(operation) : undefined;
    if (call !== undefined) this.#decided.set(call, fault);
    return fault;
  }

  #newFault(operation: string): Fault {
    const { random } = this;
    const left = random() < this.persistent ? EVERY_TRY : random() < 0.5 ? 1 : 2;
    const dice = random();
    if (/Batch|PutEvents/.test(operation) && dice < 0.4) return { kind: 'in part', left };
    if (operation === 'TransactWriteItems' && dice < 0.6) return { kind: dice < 0.2 ? 'cancelled' : 'slow', left: 1 };
    if (dice < 0.3) return { kind: 'throttled', left };
    if (dice < 0.55) return { kind: 'refused', left };
    if (dice < 0.9) return { kind: 'lost', left };
    return { kind: dice < 0.98 ? 'slow' : 'hangs', left: 1 };
  }
}

function throttleOf(signingName: string): AwsError {
  if (signingName === 'dynamodb') return new AwsError('ProvisionedThroughputExceededException', 'test: throttled');
  if (signingName === 's3') return new AwsError('SlowDown', 'test: throttled', 503);
  return new AwsError('ThrottlingException', 'test: throttled', signingName === 'scheduler' ? 429 : 400);
}

function throttledTransaction(): AwsError {
  const CancellationReasons = [{ Code: 'ThrottlingError', Message: 'test: throttled' }, { Code: 'None' }];
  return new AwsError('TransactionCanceledException', 'test: [ThrottlingError, None]', 400, { CancellationReasons });
}
