import * as z from 'zod';
import type { Api } from '../api.ts';
import { Failure } from '../failure.ts';
import { type Answer, forward, type Webhook } from './forward.ts';
import { type EventFrame, type Frame, wholeEvent } from './frame.ts';
import { Link } from './link.ts';
import { lookOut } from './lookout.ts';
import type { Report } from './report.ts';
import { resultOf } from './result.ts';
import type { ListenSession } from './session.ts';
import { AT_A_TIME } from './session-settings.ts';

export interface ListenerOptions {
  readonly api: Pick<Api, 'with'>;
  readonly session: Pick<ListenSession, 'destinationId' | 'ticket' | 'isEnabled'>;
  readonly to: URL;
  readonly report: Report;
  readonly timeoutMs: number;
  readonly pingMs: number;
  /** How long what is under way has when it is told to stop. */
  readonly graceMs: number;
  /** Whether Hawser waits for what the program answers. */
  readonly answersCount: boolean;
}

/** 360 requests an hour, at $3.50 a million of API Gateway: an eighth of a US cent. https://aws.amazon.com/api-gateway/pricing/ */
const LOOK_MS = 10_000;

/** Hands on what comes to a program on this machine, until it is told to stop. */
export class Listener {
  readonly #options: ListenerOptions;
  readonly #link: Link;
  readonly #ending = new AbortController();
  /** Set once it ends. */
  #graceEndsMs: number | undefined;
  /** Aborted when the program is waited for no longer. */
  readonly #over = new AbortController();
  readonly #waiting: EventFrame[] = [];
  readonly #complaints = new Set<string>();
  readonly #underWay = new Map<EventFrame, Promise<void>>();
  /** Results that were made while there was no connection; fewer than the frames that had come over it. */
  #untold: object[] = [];

  constructor(options: ListenerOptions) {
    this.#options = options;
    this.#link = new Link({
      ticket: (signal) => options.session.ticket(signal),
      onFrame: (frame) => this.#take(frame),
      onState: (state) => {
        options.report.state(state);
        if (state.kind === 'connected') this.#tellUntold();
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
    const { length } = this.#untold;
    if (length > 0) this.#options.report.note(`There was no connection to tell what came of ${length}.`);
  }

  async #untilEnd(): Promise<void> {
    const running = this.#link.run();
    try {
      await Promise.race([running, this.#lookOut().then(() => running)]);
    } finally {
      this.#takeNoMore();
      this.#link.close();
    }
  }

  /** What is under way is finished first, so that its answers are logged. */
  stop(): void {
    this.#takeNoMore();
    const { size } = this.#underWay;
    if (size > 0) this.#options.report.note(`Ending: ${size} under way. Ctrl-C once more ends at once.`);
    this.#idle().then(() => this.#link.close());
  }

  /** Waits no longer for what is under way, and names it. */
  cut(): void {
    this.#over.abort();
    for (const frame of this.#underWay.keys())
      this.#notAnswered(frame, 'CUT_OFF', 'it ended before the program answered');
    this.#underWay.clear();
  }

  /** What has been handed on has its time; all else would only take more of it. */
  #takeNoMore(): void {
    this.#ending.abort();
    for (const frame of this.#waiting.splice(0)) this.#leave(frame);
  }

  /**
   * Hawser is told nothing of what is left, or cut off: it sends that again. Of two that listen by one name the other one may have it,
   * whose answer is to count.
   */
  #leave(frame: EventFrame): void {
    this.#notAnswered(frame, 'NOT_HANDED_ON', 'it came while this was ending');
  }

  #notAnswered(frame: EventFrame, code: string, why: string): void {
    const { report, answersCount } = this.#options;
    const more = answersCount ? '' : `; for Hawser it is delivered: hawser replay ${frame.event_id} sends it again`;
    report.answered({ frame, ...NOTHING_READ }, failed(code, why + more));
  }

  /** Until it ends. */
  async #lookOut(): Promise<void> {
    const { session, report, pingMs } = this.#options;
    await lookOut({
      isEnabled: (over) => session.isEnabled(over),
      onChange: (isEnabled) => report.note(isEnabled ? ENABLED : disabled(session.destinationId)),
      everyMs: Math.min(pingMs, LOOK_MS),
      signal: this.#ending.signal,
    });
  }

  /** Or has had time enough for it. */
  async #idle(): Promise<void> {
    this.#graceEndsMs ??= Date.now() + this.#options.graceMs;
    const deadlineMs = this.#graceEndsMs;
    while (this.#underWay.size > 0 && Date.now() < deadlineMs) {
      const leftMs = deadlineMs - Date.now();
      await Promise.race([...this.#underWay.values(), new Promise((resolve) => setTimeout(resolve, leftMs).unref())]);
    }
  }

  #take(frame: Frame): void {
    if (frame.type === 'error') this.#complain(`Hawser says ${frame.code}: ${frame.message}`);
    if (frame.type !== 'event') return;
    if (this.#ending.signal.aborted) this.#leave(frame);
    else this.#waiting.push(frame);
    this.#next();
  }

  /** Once: a Hawser that takes no results says so for each of them. */
  #complain(text: string): void {
    if (!this.#complaints.has(text)) this.#options.report.note(text);
    this.#complaints.add(text);
  }

  #next(): void {
    const frame = this.#underWay.size < AT_A_TIME ? this.#waiting.shift() : undefined;
    if (!frame) return;
    const work = this.#handOn(frame).finally(() => {
      this.#underWay.delete(frame);
      this.#next();
    });
    this.#underWay.set(frame, work);
  }

  async #handOn(frame: EventFrame): Promise<void> {
    const { to, report, timeoutMs } = this.#options;
    const webhook = await this.#whole(frame);
    const answer = 'code' in webhook ? webhook : await forward(to, webhook, timeoutMs, this.#over.signal);
    if (this.#over.signal.aborted) return;
    this.#tell(resultOf(frame, answer));
    report.answered('code' in webhook ? { frame, ...NOTHING_READ } : webhook, answer);
  }

  /** Its attempt waits for it: what can't be told at this moment is when there is a connection again. */
  #tell(result: object): void {
    if (!this.#link.send(result)) this.#untold.push(result);
  }

  #tellUntold(): void {
    const results = this.#untold;
    this.#untold = [];
    for (const result of results) this.#tell(result);
  }

  /** With what did not fit into the frame. */
  async #whole(frame: EventFrame): Promise<Webhook | Extract<Answer, { kind: 'failed' }>> {
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
