import * as z from 'zod';
import { isId } from '../core/ids.ts';
import type { Api } from './api.ts';
import { exitCode, Failure, usageFailure } from './failure.ts';
import { clean } from './output.ts';
import { list } from './paging.ts';

const namedThing = z.looseObject({ id: z.string(), name: z.string() });
type NamedThing = z.output<typeof namedThing>;

const kinds = {
  source: { plural: 'sources', prefix: 'src' },
  destination: { plural: 'destinations', prefix: 'dst' },
} as const;
export type Kind = keyof typeof kinds;

/** Hawser's limit: docs/api.md. */
export const MAX_NAME_LENGTH = 100;

/** How many things with a name are looked through, and how many names are looked up. */
export const MAX_FOUND = 1_000;

/** The name that belongs to an id. If it is not known, say because the thing was deleted, the id itself. */
export type NameOf = (id: string) => string;

/** This few are requested one by one. For more, the whole list is read, which may take ten requests. */
const FEW = 3;

/** Names for ids. A command that has done its work must not fail because a name can't be had. */
export async function namesOf(api: Api, kind: Kind, ids: readonly string[]): Promise<NameOf> {
  const { plural } = kinds[kind];
  const wanted = [...new Set(ids)];
  const things =
    wanted.length <= FEW
      ? await Promise.all(wanted.map((id) => undefinedIfRefused(api.get(`/v1/${plural}/${id}`))))
      : (await undefinedIfRefused(list(api, `/v1/${plural}`, plural, {}, MAX_FOUND)))?.items;
  const found = things?.filter((thing) => thing !== undefined).map((thing) => namedThing.parse(thing)) ?? [];
  const names = new Map(found.map(({ id, name }) => [id, name]));
  return (id) => clean(names.get(id) ?? id);
}

async function undefinedIfRefused<Answer>(asked: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return undefined;
  }
}

/** The commands of things without a name. */
const commandsByPrefix = {
  con: 'connections',
  evt: 'events',
  dlv: 'deliveries',
  key: 'keys',
  rpl: 'replays',
} as const;

/**
 * The id of something without a name.
 * @throws Failure when it is not an id: then it was mistyped, and there is nothing to look up
 */
export function parseId(prefix: keyof typeof commandsByPrefix, given: string | undefined): string {
  if (given !== undefined && isId(prefix, given)) return given;
  throw usageFailure(
    `${clean(given)} is not the id of ${kindsOfIds[prefix]}, which is ${prefix}_ and 32 hex digits`,
    `hawser ${commandsByPrefix[prefix]} list shows them all`,
  );
}

/** Everything that has an id. */
const kindsOfIds = {
  src: 'a source',
  dst: 'a destination',
  con: 'a connection',
  evt: 'an event',
  dlv: 'a delivery',
  key: 'a key',
  rpl: 'a replay',
  org: 'an organization',
} as const;

/** @throws Failure when it is the id of something else; nothing has an id as its name */
function refuseOtherId(kind: Kind, idOrName: string): void {
  const [, other] = Object.entries(kindsOfIds).find(([prefix]) => isId(prefix, idOrName)) ?? [];
  if (other === undefined) return;
  throw usageFailure(`${idOrName} is the id of ${other}, not of a ${kind}`, hintFor(kind));
}

function hintFor(kind: Kind): string {
  return `hawser ${kinds[kind].plural} list shows them all`;
}

/** As the API stores it, without white space around it. @throws Failure when nothing is left */
export function parseName(kind: Kind | 'key' | 'organization', given = ''): string {
  const name = given.trim();
  if (name === '') throw usageFailure(`the name of ${kind === 'organization' ? 'an' : 'a'} ${kind} must not be empty`);
  return name;
}

/** A thing's name together with its id, which other commands take without ambiguity. */
export function nameAndId(id: string, nameOf: NameOf): string {
  const name = nameOf(id);
  return name === id ? id : `${name} (${id})`;
}

/** Finds a source or destination by its id, or by its name if only one has it. */
export async function resolve(api: Api, kind: Kind, given: string): Promise<NamedThing> {
  const idOrName = parseName(kind, given);
  const { plural, prefix } = kinds[kind];
  if (isId(prefix, idOrName)) return namedThing.parse(await api.get(`/v1/${plural}/${idOrName}`));
  refuseOtherId(kind, idOrName);
  // Nothing has a longer name, and the API would refuse a longer search.
  const search = idOrName.slice(0, MAX_NAME_LENGTH);
  const { items } = await list(api, `/v1/${plural}`, plural, { search }, MAX_FOUND);
  const found = items.map((item) => namedThing.parse(item)).filter(({ name }) => name === idOrName);
  const [first, ...others] = found;
  if (!first) {
    throw new Failure(exitCode.notFound, `there is no ${kind} with the name ${idOrName}`, { hint: hintFor(kind) });
  }
  if (others.length > 0) {
    throw ambiguousNameFailure(kind, idOrName, found, 'give its id');
  }
  return first;
}

/** @param what says what to do about it */
export function ambiguousNameFailure(
  kind: Kind,
  name: string,
  found: readonly { readonly id: string }[],
  what: string,
): Failure {
  const ids = found.map(({ id }) => id).join(', ');
  return usageFailure(`${found.length} ${kinds[kind].plural} have the name ${name}`, `${what}: ${ids}`);
}

/** The id for a list's filter. */
export async function resolvedId(api: Api, kind: Kind, given: string | undefined): Promise<string | undefined> {
  return given === undefined ? undefined : idOf(api, kind, given);
}

/** The API path of the thing that a command is about, which is its first argument. */
export async function pathOf(
  api: Api,
  kind: Kind,
  { args: [idOrName = ''] }: { readonly args: readonly (string | undefined)[] },
): Promise<string> {
  return `/v1/${kinds[kind].plural}/${await idOf(api, kind, idOrName)}`;
}

/** Something deleted still has a history, but is found only by its id. */
async function idOf(api: Api, kind: Kind, idOrName: string): Promise<string> {
  return isId(kinds[kind].prefix, idOrName) ? idOrName : (await resolve(api, kind, idOrName)).id;
}
