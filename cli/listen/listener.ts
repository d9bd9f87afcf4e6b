import * as z from 'zod';
import type { Api } from '../api.ts';
import { Failure } from '../failure.ts';
import { monitorDestination } from './destination-monitor.ts';
import { type Answer, forward, type Webhook } from './forward.ts';
import { type EventFrame, type Frame, wholeEvent } from './frame.ts';
import { Link } from './link.ts';
import type { Report } from './report.ts';
import { buildResultMessage } from './result.ts';
import type { ListenSession } from './session.ts';
import { MAX_CONCURRENCY } from './session-settings.ts';

export interface ListenerOptions {
  readonly api: Pick<Api, 'with'>;
  readonly session: Pick<ListenSession, 'destinationId' | 'ticket' | 'isEnabled'>;
  readonly to: URL;
  readonly report: Report;
  readonly timeoutMs: number;
  readonly pingMs: number;
  /** How long requests under way may take once it is told to stop. */
  readonly graceMs: number;
  /** Whether Hawser waits for the program's answers. */
  readonly awaitsAnswers: boolean;
}

/** 360 requests an hour, at $3.50 a million of API Gateway: an eighth of a US cent. https://aws.amazon.com/api-gateway/pricing/ */
const CHECK_MS = 10_000;

/** Passes what arrives to a program on this machine, until it is told to stop. */
export class Listener {
  readonly #options: ListenerOptions;
  readonly #link: Link;
  readonly #ending = new AbortController();
  /** Set once it ends. */
  #graceEndsMs: number | undefined;
  /** Aborted when there is no more waiting for the program. */
  readonly #over = new AbortController();
  readonly #waiting: EventFrame[] = [];
  readonly #notesShown = new Set<string>();
  readonly #underWay = new Map<EventFrame, Promise<void>>();
  /** Results from while there was no connection: never more than the frames that had been received. */
  #unsentResults: object[] = [];

  constructor(options: ListenerOptions) {
    this.#options = options;
    this.#link = new Link({
      ticket: (signal) => options.session.ticket(signal),
      onFrame: (frame) => this.#take(frame),
      onState: (state) => {
        options.report.state(state);
        if (state.kind === 'connected') this.#sendUnsent();
      },
      pingMs: options.pingMs,
    });
  }

  /** @throws Failure when it can't go on */
  async run(): Promise<void> {
    try {
      await this.#untilEnd();
      await this.#idle();
    } finally {
      this.cut();
    }
    const { length } = this.#unsentResults;
    if (length > 0)
      this.#options.report.note(`The results of ${length} could not be reported, because there was no connection.`);
  }

  async #untilEnd(): Promise<void> {
    const running = this.#link.run();
    try {
      await Promise.race([running, this.#monitorDestination().then(() => running)]);
    } finally {
      this.#stopTaking();
      this.#link.close();
    }
  }

  /** Requests under way are finished first, so that their responses are logged. */
  stop(): void {
    this.#stopTaking();
    const { size } = this.#underWay;
    if (size > 0) this.#options.report.note(`Ending: ${size} under way. Press Ctrl-C again to end at once.`);
    this.#idle().then(() => this.#link.close());
  }

  /** Stops waiting for requests under way, and reports each. */
  cut(): void {
    this.#over.abort();
    for (const frame of this.#underWay.keys())
      this.#notAnswered(frame, 'CUT_OFF', 'it ended before the program answered');
    this.#underWay.clear();
  }

  /** Requests under way still have time; starting more would only take some of it away. */
  #stopTaking(): void {
    this.#ending.abort();
    for (const frame of this.#waiting.splice(0)) this.#reportNotHandedOn(frame);
  }

  /**
   * Hawser gets no result for events that were not started or were cut off, so it sends them again. If two listen under the same
   * name, the other one may have the event too, and its answer must count.
   */
  #reportNotHandedOn(frame: EventFrame): void {
    this.#notAnswered(frame, 'NOT_HANDED_ON', 'it arrived while hawser listen was ending');
  }

  #notAnswered(frame: EventFrame, code: string, why: string): void {
    const { report, awaitsAnswers } = this.#options;
    const more = awaitsAnswers ? '' : `; for Hawser it is delivered: hawser replay ${frame.event_id} sends it again`;
    report.answered({ frame, ...NOTHING_READ }, failed(code, why + more));
  }

  /** Runs until the listener ends. */
  async #monitorDestination(): Promise<void> {
    const { session, report, pingMs } = this.#options;
    await monitorDestination({
      isEnabled: (over) => session.isEnabled(over),
      onChange: (isEnabled) => report.note(isEnabled ? ENABLED : disabled(session.destinationId)),
      everyMs: Math.min(pingMs, CHECK_MS),
      signal: this.#ending.signal,
    });
  }

  /** Resolves when nothing is under way, or the grace period is over. */
  async #idle(): Promise<void> {
    this.#graceEndsMs ??= Date.now() + this.#options.graceMs;
    const deadlineMs = this.#graceEndsMs;
    while (this.#underWay.size > 0 && Date.now() < deadlineMs) {
      const leftMs = deadlineMs - Date.now();
      await Promise.race([...this.#underWay.values(), new Promise((resolve) => setTimeout(resolve, leftMs).unref())]);
    }
  }

  #take(frame: Frame): void {
    if (frame.type === 'error') this.#noteOnce(`Hawser says ${frame.code}: ${frame.message}`);
    if (frame.type !== 'event') return;
    if (this.#ending.signal.aborted) this.#reportNotHandedOn(frame);
    else this.#waiting.push(frame);
    this.#next();
  }

  /** Each complaint is shown once: a Hawser that accepts no results repeats it for every result. */
  #noteOnce(text: string): void {
    if (!this.#notesShown.has(text)) this.#options.report.note(text);
    this.#notesShown.add(text);
  }

  #next(): void {
    const frame = this.#underWay.size < MAX_CONCURRENCY ? this.#waiting.shift() : undefined;
    if (!frame) return;
    const work = this.#handOn(frame).finally(() => {
      this.#underWay.delete(frame);
      this.#next();
    });
    this.#underWay.set(frame, work);
  }

  async #handOn(frame: EventFrame): Promise<void> {
    const { to, report, timeoutMs } = this.#options;
    const webhook = await this.#withWholeBody(frame);
    const answer = 'code' in webhook ? webhook : await forward(to, webhook, timeoutMs, this.#over.signal);
    if (this.#over.signal.aborted) return;
    this.#sendResult(buildResultMessage(frame, answer));
    report.answered('code' in webhook ? { frame, ...NOTHING_READ } : webhook, answer);
  }

  /** An attempt is waiting for this. A result that can't be sent now is sent once there is a connection again. */
  #sendResult(result: object): void {
    if (!this.#link.send(result)) this.#unsentResults.push(result);
  }

  #sendUnsent(): void {
    const results = this.#unsentResults;
    this.#unsentResults = [];
    for (const result of results) this.#sendResult(result);
  }

  /** The webhook, including the body if that did not fit into the frame. */
  async #withWholeBody(frame: EventFrame): Promise<Webhook | Extract<Answer, { kind: 'failed' }>> {
    if (frame.body_url === null) {
      return {
        frame,
        headers: frame.headers ?? {},
        body: Buffer.from(frame.body ?? '', frame.body_encoding ?? 'utf8'),
      };
    }
    try {
      const api = this.#options.api.with({ signal: this.#over.signal });
      const { headers, body, body_encoding } = wholeEvent.parse(await api.get(frame.body_url));
      if (body === null) return failed('EVENT_EXPIRED', 'its body has expired');
      return { frame, headers: frame.headers ?? headers, body: Buffer.from(body, body_encoding ?? 'utf8') };
    } catch (error) {
      if (!(error instanceof Failure || error instanceof z.ZodError)) throw error;
      return failed('BODY_NOT_READ', error.message);
    }
  }
}

const NOTHING_READ = { headers: {}, body: Buffer.alloc(0) };

const ENABLED = 'The destination of this session is enabled again.';

function disabled(destinationId: string): string {
  return `The destination of this session is disabled, and what comes waits: hawser destinations enable ${destinationId}`;
}

function failed(code: string, message: string): Extract<Answer, { kind: 'failed' }> {
  return { kind: 'failed', code, message, durationMs: 0 };
}
