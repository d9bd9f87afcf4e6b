import type { EventId, SourceId } from '../../core/ids.ts';
import type { TransformCode, TransformEngine, TransformLog } from '../../core/transform/transform.ts';
import { type TransformedWebhook, toTransformEvent } from '../../core/transform/transform-event.ts';
import { applyTransformResult, type OutgoingRequest } from '../../core/transform/transformed-request.ts';
import { type SourceOf, storedEventType } from './event-type.ts';

export interface EventTransformsOptions {
  readonly engine: TransformEngine;
  readonly source: SourceOf;
}

/** The program that transforms an event. */
export interface TransformProgram {
  readonly code: TransformCode;
  readonly variables: Readonly<Record<string, string>>;
}

interface Failure {
  readonly message: string;
  /** Line of the program, counted from 1. */
  readonly line: number | undefined;
}

/** The outcome of a transform. */
export type Transformation = { readonly logs: readonly TransformLog[] } & (
  | { readonly kind: 'transformed'; readonly request: OutgoingRequest }
  | { readonly kind: 'dropped' }
  | ({ readonly kind: 'failed' } & Failure)
);

interface StoredWebhook {
  readonly id: EventId;
  readonly sourceId: SourceId;
  /** The event's page. */
  readonly url: string;
}

/** Runs the transforms of connections and templates on events. */
export class EventTransforms {
  readonly #options: EventTransformsOptions;

  constructor(options: EventTransformsOptions) {
    this.#options = options;
  }

  /**
   * Reads the source every time, because any program may ask for the event type, and its text does not tell reliably
   * whether it does.
   */
  async transformStored(
    program: TransformProgram,
    event: StoredWebhook,
    request: OutgoingRequest,
  ): Promise<Transformation> {
    const { head, body } = request;
    const type = await storedEventType(this.#options.source, event.sourceId, head, body);
    return this.transform(program, { ...event, type, head, body });
  }

  async transform({ code, variables }: TransformProgram, webhook: TransformedWebhook): Promise<Transformation> {
    const outcome = await this.#options.engine.run(code, toTransformEvent(webhook), variables);
    if (outcome.kind !== 'transformed') return outcome;
    const { logs, result } = outcome;
    const made = applyTransformResult(result, webhook);
    if ('request' in made) return { kind: 'transformed', logs, request: made.request };
    return { kind: 'failed', logs, message: made.problem, line: undefined };
  }
}

/** One line that says what is wrong with a program, or what went wrong in its run. */
export function failureText({ message, line }: Failure): string {
  return line === undefined ? message : `line ${line}: ${message}`;
}
