import { hostname, userInfo } from 'node:os';
import * as z from 'zod';
import type { Api } from '../api.ts';
import { exitCode, Failure, usageFailure } from '../failure.ts';
import { clean } from '../output.ts';
import { list } from '../paging.ts';
import { ambiguousNameFailure, MAX_FOUND, MAX_NAME_LENGTH } from '../resolve.ts';
import { howToDelete, MAY_STILL_EXIST, withHint } from './cleanup-hints.ts';
import { ListenSession } from './session.ts';
import { sessionSettings } from './session-settings.ts';

const destination = z.looseObject({ id: z.string(), name: z.string(), type: z.string() });
type Destination = z.output<typeof destination>;
const connection = z.looseObject({ source_id: z.string() });

interface Source {
  readonly id: string;
  readonly name: string;
}

export interface OpeningOptions {
  readonly sources: readonly Source[];
  /** The program's URL. */
  readonly to: URL;
  /** How long the program may take. */
  readonly programSeconds: number;
  /** The name of a destination that is kept, trimmed by parseKeptName. */
  readonly name: string | undefined;
}

export interface OpeningSignals {
  /** Aborted once it is told to end. */
  readonly ending: AbortSignal;
  /** Aborted when there is no time left for requests that have begun. */
  readonly over: AbortSignal;
}

/**
 * Finds or makes the destination of a session, and connects it.
 * @returns nothing if it was told to end before that; then nothing is left behind
 * @throws Failure that says what is left behind, if anything is
 */
export async function openSession(
  api: Api,
  options: OpeningOptions,
  { ending, over }: OpeningSignals,
): Promise<ListenSession | undefined> {
  const { sources, name } = options;
  const settings = sessionSettings(options.programSeconds);
  // These need not finish when the session ends: a destination that was found stays, and one that was made is deleted together
  // with its connections.
  const asking = api.with({ signal: ending });
  const making = api.with({ signal: over });
  const take = async (found: string) => {
    // It may be from another version, or from a session whose program had less time.
    await asking.patch(`/v1/destinations/${found}`, settings);
    await connect(asking, sources, found);
    return new ListenSession(api, found, true);
  };
  try {
    const found = name === undefined ? undefined : await findNamed(asking, name);
    if (found !== undefined) return await take(found);
  } catch (error) {
    return undefinedIfEnding(error, ending);
  }
  const made = await make(making, options, settings);
  try {
    const oldest = name === undefined ? made : await oldestNamed(asking, name, made);
    if (oldest !== made) {
      await deleteMade(making, made);
      return await take(oldest);
    }
    await connect(asking, sources, made);
    return new ListenSession(api, made, name !== undefined);
  } catch (error) {
    // If it were left behind, nobody would know about it.
    if (!(await isDeleted(making, made))) throw withHint(error, howToDelete(made));
    return undefinedIfEnding(error, ending);
  }
}

/** A request that failed because the session ended does not count as a failure. */
function undefinedIfEnding(error: unknown, ending: AbortSignal): undefined {
  if (!ending.aborted) throw error;
}

/** @returns its id */
async function make(api: Api, { to, name }: OpeningOptions, settings: object): Promise<string> {
  const named = { name: name ?? sessionName(to), description: description(to) };
  try {
    return destination.parse(await api.post('/v1/destinations', { type: 'websocket', ...settings, ...named })).id;
  } catch (error) {
    const isAnswered = !(error instanceof Failure) || error.exitCode !== exitCode.unreachable;
    throw isAnswered ? error : withHint(error, MAY_STILL_EXIST);
  }
}

/** Even if it was meant to be kept: it was made only a moment ago. */
function deleteMade(api: Api, destinationId: string): Promise<void> {
  return new ListenSession(api, destinationId, false).close();
}

async function isDeleted(api: Api, destinationId: string): Promise<boolean> {
  try {
    await deleteMade(api, destinationId);
    return true;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return false;
  }
}

/** @throws Failure when several destinations have the name, or one that is not a session's */
async function findNamed(api: Api, name: string): Promise<string | undefined> {
  const found = await allNamed(api, name);
  const [first, ...others] = found;
  if (!first) return undefined;
  if (others.length > 0) throw severalNamedFailure(name, found);
  if (first.type === 'websocket') return first.id;
  throw usageFailure(
    `${clean(name)} is the name of a destination of the type ${clean(first.type)}, ${first.id}`,
    'choose another --name, so that each has its own',
  );
}

/**
 * Hawser allows several destinations with the same name. If two sessions with a new name start at once, they make two. Both then
 * use the older one, because otherwise nobody could listen under that name any more.
 */
async function oldestNamed(api: Api, name: string, made: string): Promise<string> {
  const oldest = (await allNamed(api, name)).find(({ type }) => type === 'websocket');
  return oldest?.id ?? made;
}

/** Oldest first: an id begins with the time it was made. */
async function allNamed(api: Api, name: string): Promise<Destination[]> {
  const query = { archived: 'false', search: name };
  const { items } = await list(api, '/v1/destinations', 'destinations', query, MAX_FOUND);
  const found = items.map((item) => destination.parse(item)).filter((one) => one.name === name);
  return found.toSorted((one, other) => (one.id < other.id ? -1 : 1));
}

/** A team may depend on a destination that is not a session's, so no command is suggested that deletes it. */
function severalNamedFailure(name: string, found: readonly Destination[]): Failure {
  const [oldest, ...younger] = found;
  if (!oldest || found.some(({ type }) => type !== 'websocket')) {
    return ambiguousNameFailure('destination', name, found, 'rename or delete all but one');
  }
  const commands = younger.map(({ id }) => `hawser destinations delete ${id}`).join('; ');
  return usageFailure(
    `${found.length} destinations have the name ${clean(name)}`,
    `${oldest.id} is the oldest; to keep only that one, and cancel what waits for the others: ${commands}`,
  );
}

/** Existing connections stay. */
async function connect(api: Api, sources: readonly Source[], destinationId: string): Promise<void> {
  const connected = await connectedTo(api, destinationId);
  for (const { id } of sources) {
    if (connected.has(id)) continue;
    try {
      await api.post('/v1/connections', { source_id: id, destination_id: destinationId });
    } catch (error) {
      // Another listener of the same name may have made it at the same moment.
      if (!isConflict(error) || !(await connectedTo(api, destinationId)).has(id)) throw error;
    }
  }
}

async function connectedTo(api: Api, destinationId: string): Promise<ReadonlySet<string>> {
  const { items } = await list(api, '/v1/connections', 'connections', { destination_id: destinationId }, 1_000);
  return new Set(items.map((item) => connection.parse(item).source_id));
}

function isConflict(error: unknown): boolean {
  return error instanceof Failure && error.details.code === 'CONFLICT';
}

function sessionName(to: URL): string {
  return `hawser listen → ${to.host}${to.pathname}`.slice(0, MAX_NAME_LENGTH);
}

/** Says whose it is, for anybody who finds it in the list because a machine was switched off. */
function description(to: URL): string {
  return `Made by hawser listen of ${userName()} on ${hostname()}, for ${to.origin}${to.pathname}`.slice(0, 1_000);
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A user without an entry in the system's user list, as in some containers.
    return 'an unnamed user';
  }
}
