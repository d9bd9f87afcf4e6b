import * as z from 'zod';
import type { Api } from '../api.ts';
import { exitCode, Failure } from '../failure.ts';

const destination = z.looseObject({ enabled: z.boolean(), archived_at: z.string().nullable() });
const ticket = z.looseObject({ url: z.string() });

/** Archived destinations are ignored, whatever their name. */
const AGAIN = 'begin hawser listen again: it makes another one';

/**
 * The destination from which a `listen` gets its events. It is made for the session and deleted at its end, with everything it
 * still holds. If it was given a name, it is kept, and the next session finds it with what has come in the meantime.
 */
export class ListenSession {
  readonly destinationId: string;
  readonly isKept: boolean;
  readonly #api: Api;

  constructor(api: Api, destinationId: string, isKept: boolean) {
    this.#api = api;
    this.destinationId = destinationId;
    this.isKept = isKept;
  }

  async ticket(signal: AbortSignal): Promise<string> {
    return ticket.parse(await this.#asked(this.#api.with({ signal }).post(`${this.#path}/tickets`))).url;
  }

  /** Whether its destination still gets events. @throws Failure when it never will again, because it is deleted or archived */
  async isEnabled(signal: AbortSignal): Promise<boolean> {
    const { enabled, archived_at } = destination.parse(await this.#asked(this.#api.with({ signal }).get(this.#path)));
    if (archived_at !== null) {
      throw new Failure(exitCode.failed, `the destination of this session, ${this.destinationId}, was archived`, {
        hint: AGAIN,
      });
    }
    return enabled;
  }

  /** Leaves nothing behind except what it was told to keep. */
  async close(patience: { readonly timeoutMs?: number } = {}): Promise<void> {
    if (this.isKept) return;
    try {
      await this.#api.with(patience).delete(this.#path);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  get #path(): string {
    return `/v1/destinations/${this.destinationId}`;
  }

  async #asked<Answer>(answer: Promise<Answer>): Promise<Answer> {
    try {
      return await answer;
    } catch (error) {
      if (!isNotFound(error)) throw error;
      throw new Failure(error.exitCode, `the destination of this session, ${this.destinationId}, was deleted`, {
        ...error.details,
        hint: AGAIN,
      });
    }
  }
}

function isNotFound(error: unknown): error is Failure {
  return error instanceof Failure && error.exitCode === exitCode.notFound;
}
