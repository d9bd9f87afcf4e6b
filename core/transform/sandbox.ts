import { createHash } from 'node:crypto';
import packaged from '@jitl/quickjs-wasmfile-release-sync';
import {
  newQuickJSWASMModuleFromVariant,
  newVariant,
  type QuickJSContext,
  type QuickJSHandle,
  type QuickJSSyncVariant,
  type QuickJSWASMModule,
} from 'quickjs-emscripten-core';
import { HARNESS } from './harness.ts';
import { isNestedDeeper } from './json-depth.ts';
import { MAX_JSON_DEPTH, MAX_MESSAGE_LENGTH, MAX_RESULT_LENGTH, MAX_STACK_BYTES, MAX_TICKS } from './limits.ts';
import { failure, failureOf, lineIn, outOfMemory, PROGRAM, tooDeep, tooManySteps } from './sandbox-failures.ts';
import { SandboxLog } from './sandbox-log.ts';
import { SandboxMemory } from './sandbox-memory.ts';
import type { SandboxAnswer, SandboxFailure, SandboxInput, SandboxRequest } from './sandbox-messages.ts';

/** Its types are those of the CommonJS build, in which the variant is a property of what is imported here. */
const variant = packaged as unknown as QuickJSSyncVariant;

/** For telling what has gone wrong, once all others are used up. */
const TICKS_FOR_THE_ACCOUNT = 20;

type Attempt = { readonly value: QuickJSHandle } | { readonly failure: SandboxFailure };

/**
 * One run, in a WebAssembly instance of its own: whatever a program does to its memory, no other run ever has that memory.
 * Nothing in it is freed, since it is garbage as a whole afterwards.
 */
export class Sandbox {
  readonly #code: string;
  readonly #memory: SandboxMemory;
  readonly #context: QuickJSContext;
  readonly #log = new SandboxLog();
  #ticksLeft = MAX_TICKS;

  static async run(wasmModule: WebAssembly.Module, { code, input }: SandboxRequest): Promise<SandboxAnswer> {
    const wasmMemory = new SandboxMemory();
    const quickJs = await newQuickJSWASMModuleFromVariant(newVariant(variant, { wasmModule, wasmMemory }));
    return new Sandbox(code, quickJs, wasmMemory).#answer(input);
  }

  private constructor(code: string, quickJs: QuickJSWASMModule, memory: SandboxMemory) {
    const runtime = quickJs.newRuntime();
    runtime.setMaxStackSize(MAX_STACK_BYTES);
    runtime.setInterruptHandler(() => --this.#ticksLeft < 0);
    this.#code = code;
    this.#memory = memory;
    this.#context = runtime.newContext();
  }

  #answer(input: SandboxInput | undefined): SandboxAnswer {
    try {
      return { ...this.#run(input), logs: this.#log.lines };
    } catch (error) {
      if (!(error instanceof WebAssembly.RuntimeError || error instanceof RangeError)) throw error;
      // QuickJS looks after its stack and its memory nearly everywhere. Where it doesn't, it is the instance that breaks.
      return { ...(this.#memory.isExhausted ? outOfMemory() : tooDeep()), logs: this.#log.lines };
    }
  }

  #run(input: SandboxInput | undefined) {
    const context = this.#context;
    const harness = this.#harness(input?.event.id ?? '');
    const [call, describe] = [context.getProp(harness, 'call'), context.getProp(harness, 'describe')];
    const attempt = (result: ReturnType<QuickJSContext['callFunction']>): Attempt =>
      result.error ? { failure: this.#failure(describe, result.error) } : { value: result.value };

    const program = attempt(context.evalCode(this.#code, PROGRAM));
    if ('failure' in program) return program.failure;
    const transform = attempt(context.evalCode(`typeof transform === 'function' ? transform : undefined`));
    if ('failure' in transform) return transform.failure;
    if (context.typeof(transform.value) === 'undefined')
      return failure('defines no function transform(event, variables)');
    if (!input) return { kind: 'defined' } as const;

    const text = context.newString(JSON.stringify(input));
    const hasJson = mayHaveJson(input) ? context.true : context.false;
    const returned = attempt(context.callFunction(call, context.undefined, transform.value, text, hasJson));
    return 'failure' in returned ? returned.failure : answerOf(context.getString(returned.value));
  }

  #harness(seed: string): QuickJSHandle {
    const context = this.#context;
    const say = context.newFunction('say', (level, line) => {
      this.#log.add(context.getString(level), context.getString(line));
    });
    const settings = [[...seedOf(seed)], MAX_RESULT_LENGTH, MAX_MESSAGE_LENGTH].map((setting) =>
      context.unwrapResult(context.evalCode(JSON.stringify(setting))),
    );
    const make = context.unwrapResult(context.evalCode(HARNESS, '<harness>'));
    return context.unwrapResult(context.callFunction(make, context.undefined, say, ...settings));
  }

  #failure(describe: QuickJSHandle, thrown: QuickJSHandle): SandboxFailure {
    const context = this.#context;
    const isInterrupted = this.#ticksLeft < 0;
    this.#ticksLeft = TICKS_FOR_THE_ACCOUNT;
    const { isExhausted } = this.#memory;
    const described = context.callFunction(describe, context.undefined, thrown);
    if (described.error) {
      if (isInterrupted) return tooManySteps();
      return isExhausted ? outOfMemory() : failure('threw something that cannot be shown');
    }
    const { value } = described;
    const field = (name: string) => context.getString(context.getProp(value, name));
    const stack = field('stack');
    if (isInterrupted) return tooManySteps(lineIn(stack, this.#code));
    if (isExhausted && context.eq(thrown, context.null)) return outOfMemory();
    const isError = field('kind') === 'error';
    return failureOf({ isError, name: field('name'), message: field('message'), stack }, this.#code);
  }
}

/** Four numbers that tell one event from another. */
function seedOf(text: string): Uint32Array {
  return new Uint32Array(createHash('sha256').update(text).digest().buffer.slice(0, 16));
}

function mayHaveJson({ event }: SandboxInput): boolean {
  return event.body_encoding === 'utf8' && event.body !== '' && !isNestedDeeper(event.body, MAX_JSON_DEPTH);
}

const MAX_MIB = MAX_RESULT_LENGTH / 1024 ** 2;

/** The words of the harness. */
function answerOf(returned: string) {
  switch (returned) {
    case 'nothing':
      return failure('returned nothing; return {} to send the webhook as it came, or null to send nothing');
    case 'promise':
      return failure('returned a promise; there is nothing to wait for in a transform: return the result itself');
    case 'oversized':
      return failure(`returned more than ${MAX_MIB} MiB of JSON`);
    default:
      return { kind: 'returned', json: returned } as const;
  }
}
