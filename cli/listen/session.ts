import { hostname, userInfo } from 'node:os';
import * as z from 'zod';
import type { Api } from '../api.ts';
import { exitCode, Failure, usageFailure } from '../failure.ts';
import { clean } from '../output.ts';
import { list } from '../paging.ts';
import { ambiguous, MAX_FOUND, MAX_NAME_LENGTH } from '../resolve.ts';
import { sessionSettings } from './session-settings.ts';

const destination = z.looseObject({
  id: z.string(),
  name: z.string(),
  type: z.string(),
  enabled: z.boolean(),
  archived_at: z.string().nullable(),
});
const connection = z.looseObject({ source_id: z.string() });
const ticket = z.looseObject({ url: z.string() });

/** One that is archived is passed over, whatever its name. */
const AGAIN = 'begin hawser listen again: it makes another one';

interface Source {
  readonly id: string;
  readonly name: string;
}

export interface SessionOptions {
  readonly sources: readonly Source[];
  /** The program's. */
  readonly to: URL;
  /** How long the program may take. */
  readonly programSeconds: number;
  readonly name: string | undefined;
}

/**
 * The destination that a `listen` has its events from. It is made for the session and deleted at its end, with what it still
 * holds, unless it was given a name: then it is found again, with what has come meanwhile.
 */
export class ListenSession {
  readonly destinationId: string;
  readonly isKept: boolean;
  readonly #api: Api;

  private constructor(api: Api, destinationId: string, isKept: boolean) {
    this.#api = api;
    this.destinationId = destinationId;
    this.isKept = isKept;
  }

  static async open(api: Api, { sources, to, programSeconds, name }: SessionOptions): Promise<ListenSession> {
    const settings = sessionSettings(programSeconds);
    const found = name === undefined ? undefined : await findNamed(api, name);
    if (found !== undefined) {
      // It may be of another version, or have waited for a program that took less time.
      await api.patch(`/v1/destinations/${found}`, settings);
      await connect(api, sources, found);
      return new ListenSession(api, found, true);
    }
    const named = { name: name ?? sessionName(to), description: description(to) };
    const made = destination.parse(await api.post('/v1/destinations', { type: 'websocket', ...settings, ...named }));
    const session = new ListenSession(api, made.id, name !== undefined);
    try {
      await connect(api, sources, made.id);
    } catch (error) {
      // Nobody would know of it.
      throw (await session.#isDeleted()) ? error : session.withHint(error);
    }
    return session;
  }

  /** A failure that also says what is left behind. */
  withHint(error: unknown): unknown {
    if (!(error instanceof Failure)) return error;
    return new Failure(error.exitCode, error.message, { ...error.details, hint: this.stillThere });
  }

  get stillThere(): string {
    return `its destination is still there: hawser destinations delete ${this.destinationId} --yes`;
  }

  async ticket(signal: AbortSignal): Promise<string> {
    return ticket.parse(await this.#asked(this.#api.with({ signal }).post(`${this.#path}/tickets`))).url;
  }

  /** Whether events still come to its destination. @throws Failure when they never will again: it is deleted or archived */
  async isEnabled(signal: AbortSignal): Promise<boolean> {
    const { enabled, archived_at } = destination.parse(await this.#asked(this.#api.with({ signal }).get(this.#path)));
    if (archived_at !== null) {
      throw new Failure(exitCode.failed, `the destination of this session, ${this.destinationId}, was archived`, {
        hint: AGAIN,
      });
    }
    return enabled;
  }

  /** Leaves nothing behind but what it was told to keep. */
  async close(timeoutMs: number): Promise<void> {
    if (!this.isKept) await this.#delete(this.#api.with({ timeoutMs }));
  }

  /** Also of one that was given a name: it was made a moment ago. */
  async #isDeleted(): Promise<boolean> {
    try {
      await this.#delete(this.#api);
      return true;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      return false;
    }
  }

  async #delete(api: Api): Promise<void> {
    try {
      await api.delete(this.#path);
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

/** @throws Failure when it is the name of several, or of one that is no session's */
async function findNamed(api: Api, name: string): Promise<string | undefined> {
  if (name.length > MAX_NAME_LENGTH) throw usageFailure(`--name has more than ${MAX_NAME_LENGTH} characters`);
  const query = { archived: 'false', search: name };
  const { items } = await list(api, '/v1/destinations', 'destinations', query, MAX_FOUND);
  const found = items.map((item) => destination.parse(item)).filter((one) => one.name === name);
  const [first, ...others] = found;
  if (!first) return undefined;
  if (others.length > 0) throw ambiguous('destination', name, found, 'rename or delete all but one');
  if (first.type === 'websocket') return first.id;
  throw usageFailure(
    `${clean(name)} is the name of a destination of the type ${clean(first.type)}, ${first.id}`,
    'another --name, so that each goes by its own',
  );
}

/** Connections that are there stay. */
async function connect(api: Api, sources: readonly Source[], destinationId: string): Promise<void> {
  const { items } = await list(api, '/v1/connections', 'connections', { destination_id: destinationId }, 1_000);
  const connected = new Set(items.map((item) => connection.parse(item).source_id));
  for (const { id } of sources) {
    if (!connected.has(id)) await api.post('/v1/connections', { source_id: id, destination_id: destinationId });
  }
}

function sessionName(to: URL): string {
  return `hawser listen → ${to.host}${to.pathname}`.slice(0, MAX_NAME_LENGTH);
}

/** Whose it is: the one who finds it in the list, left behind by a machine that was switched off, has to know. */
function description(to: URL): string {
  return `Made by hawser listen of ${userName()} on ${hostname()}, for ${to.origin}${to.pathname}`.slice(0, 1_000);
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A user without an entry in the system's list, as in some containers.
    return 'an unnamed user';
  }
}
