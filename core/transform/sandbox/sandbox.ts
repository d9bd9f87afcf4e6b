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
import { formatInteger } from '../../format-integer.ts';
import { clip } from '../clip.ts';
import { isNestedDeeper } from '../json-depth.ts';
import {
  MAX_JSON_DEPTH,
  MAX_LOGS,
  MAX_MESSAGE_LENGTH,
  MAX_RESULT_DEPTH,
  MAX_RESULT_LENGTH,
  MAX_STACK_BYTES,
  MAX_TICKS,
} from '../limits.ts';
import { omittedFieldProblem } from '../result-fields.ts';
import { failure, failureOf, lineIn, outOfMemory, PROGRAM, tooDeep, tooManySteps } from './failures.ts';
import { HARNESS } from './harness.ts';
import { SandboxLog } from './log.ts';
import { SandboxMemory } from './memory.ts';
import type { SandboxAnswer, SandboxFailure, SandboxInput, SandboxRequest } from './messages.ts';

/** The package's types describe its CommonJS build, where the variant is a property of this import. */
const variant = packaged as unknown as QuickJSSyncVariant;

/** For describing what went wrong after all other ticks are used up. */
const ERROR_REPORT_TICKS = 20;
/** Memory reserved for the same purpose. */
const ERROR_REPORT_RESERVE_BYTES = 256 * 1024;

/** A body is passed in pieces, which takes little more memory than the body; as one JSON text, it could take six times its size. */
const PIECE_LENGTH = 128 * 1024;

type Attempt = { readonly value: QuickJSHandle } | { readonly failure: SandboxFailure };

/**
 * One run, in its own WebAssembly instance: whatever a program does to its memory, no other run ever uses that memory.
 * Nothing in it is freed, because the instance is garbage as a whole afterwards.
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
    runtime.setInterruptHandler(() => --this.#ticksLeft < 0 || memory.isExhausted);
    this.#code = code;
    this.#memory = memory;
    this.#context = runtime.newContext();
  }

  #answer(input: SandboxInput | undefined): SandboxAnswer {
    try {
      return { ...this.#run(input), logs: this.#log.lines };
    } catch (error) {
      if (!(error instanceof WebAssembly.RuntimeError || error instanceof RangeError)) throw error;
      // QuickJS checks its stack and memory nearly everywhere. Where it doesn't, the instance itself traps.
      return { ...(this.#memory.isExhausted ? outOfMemory() : tooDeep()), logs: this.#log.lines };
    }
  }

  #run(input: SandboxInput | undefined) {
    const context = this.#context;
    const harness = this.#harness(input?.event.id ?? '');
    if (input) this.#passInput(harness, input);
    const reserve = context.newArrayBuffer(new ArrayBuffer(ERROR_REPORT_RESERVE_BYTES));
    const describe = context.getProp(harness, 'describe');
    const attempt = (result: ReturnType<QuickJSContext['callFunction']>): Attempt => {
      const isOver = this.#ticksLeft < 0 || this.#memory.isExhausted;
      if (!result.error && !isOver) return { value: result.value };
      reserve.dispose();
      return { failure: this.#failure(describe, result.error ?? context.null) };
    };

    const [isDefined, call] = [context.getProp(harness, 'isDefined'), context.getProp(harness, 'call')];
    const program = attempt(context.evalCode(this.#code, PROGRAM, { type: 'global' }));
    if ('failure' in program) return program.failure;
    const defined = attempt(context.callFunction(isDefined, context.undefined));
    if ('failure' in defined) return defined.failure;
    if (!context.eq(defined.value, context.true)) return failure('defines no function transform(event, variables)');
    if (!input) return { kind: 'defined' } as const;
    const returned = attempt(context.callFunction(call, context.undefined));
    if ('failure' in returned) return returned.failure;
    reserve.dispose();
    const answer = context.getString(returned.value);
    return this.#memory.isExhausted ? outOfMemory() : answerOf(answer);
  }

  #harness(seed: string): QuickJSHandle {
    const context = this.#context;
    const writeLog = context.newFunction('writeLog', (level, line) => {
      this.#log.add(context.getString(level), context.getString(line));
    });
    const settings = context.newString(
      JSON.stringify({
        seed: seedOf(seed),
        maxLogs: MAX_LOGS,
        maxMessageLength: MAX_MESSAGE_LENGTH,
        maxResultLength: MAX_RESULT_LENGTH,
      }),
    );
    const make = context.unwrapResult(context.evalCode(HARNESS, 'harness.js', { type: 'global' }));
    return context.unwrapResult(context.callFunction(make, context.undefined, writeLog, settings));
  }

  /** Called before the program runs, because the program could leave no memory for it. */
  #passInput(harness: QuickJSHandle, { event, variables }: SandboxInput): void {
    const context = this.#context;
    const callHarness = (name: string, json: string, ...more: QuickJSHandle[]) => {
      const text = context.newString(json);
      context.unwrapResult(context.callMethod(harness, name, [text, ...more]));
      text.dispose();
    };
    const { body, json: _, ...head } = event;
    for (let i = 0; i < body.length; i += PIECE_LENGTH)
      callHarness('addBody', JSON.stringify(body.slice(i, i + PIECE_LENGTH)));
    callHarness(
      'setInput',
      JSON.stringify({ event: head, variables }),
      mayHaveJson(event) ? context.true : context.false,
    );
    this.#ticksLeft = MAX_TICKS;
  }

  #failure(describe: QuickJSHandle, thrown: QuickJSHandle): SandboxFailure {
    const context = this.#context;
    const isInterrupted = this.#ticksLeft < 0;
    const isExhausted = this.#memory.isExhausted;
    this.#ticksLeft = ERROR_REPORT_TICKS;
    const described = context.callFunction(describe, context.undefined, thrown);
    if (described.error) {
      if (isInterrupted) return tooManySteps();
      return isExhausted ? outOfMemory() : failure('threw something that cannot be shown');
    }
    const field = (name: string) => context.getString(context.getProp(described.value, name));
    const stack = field('stack');
    if (isInterrupted) return tooManySteps(lineIn(stack, this.#code));
    if (isExhausted) return outOfMemory(lineIn(stack, this.#code));
    return failureOf(
      { name: field('name'), message: field('message'), stack, constructorName: field('constructorName') },
      this.#code,
    );
  }
}

/** Four numbers derived from the event's id. */
function seedOf(text: string): number[] {
  const digest = createHash('sha256').update(text).digest();
  return [0, 4, 8, 12].map((offset) => digest.readInt32LE(offset));
}

function mayHaveJson({ body, body_encoding }: SandboxInput['event']): boolean {
  return body_encoding === 'utf8' && body !== '' && !isNestedDeeper(body, MAX_JSON_DEPTH);
}

/** Interprets the harness's answer: JSON, or one of its keywords. */
function answerOf(returned: string) {
  switch (returned) {
    case 'nothing':
      return failure('returned nothing; return {} to send the webhook as it came, or null to send nothing');
    case 'promise':
      return failure('transform must return its result directly, not a promise');
    case 'oversized':
      return failure(`returned more than ${MAX_RESULT_LENGTH / 1024 ** 2} MiB of JSON`);
    default:
      return omittedField(returned) ?? returnedJson(returned);
  }
}

/** An object's JSON begins with a bracket, so it can't be mistaken for one of these keywords. */
const OMITTED_FIELD = /^omitted-field (\w+) (.*)$/s;
const TEXT_JSON = 'text-json ';

function omittedField(returned: string): SandboxFailure | undefined {
  const [, type, name] = OMITTED_FIELD.exec(returned) ?? [];
  if (type === undefined || name === undefined) return undefined;
  return failure(clip(omittedFieldProblem(name, type)));
}

function returnedJson(returned: string) {
  // The result is stringified again later, recursively, on a finite stack.
  if (isNestedDeeper(returned, MAX_RESULT_DEPTH)) {
    return failure(`returned data nested deeper than ${formatInteger(MAX_RESULT_DEPTH)} levels`);
  }
  if (!returned.startsWith(TEXT_JSON)) return { kind: 'returned', json: returned } as const;
  return { kind: 'returned', json: returned.slice(TEXT_JSON.length), isTextJson: true } as const;
}
