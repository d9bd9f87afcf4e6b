import * as z from 'zod';
import type { Api } from './api.ts';
import { exitCode, Failure, usageFailure } from './failure.ts';
import { list } from './paging.ts';

const named = z.looseObject({ id: z.string(), name: z.string() });
type Named = z.output<typeof named>;

/** How many of a name are looked through. */
const MAX_FOUND = 1_000;

/** A source or destination by its id or by its name, which must be that of one alone. */
export async function resolve(api: Api, kind: 'source' | 'destination', idOrName: string): Promise<Named> {
  const [plural, prefix] = kind === 'source' ? ['sources', 'src_'] : ['destinations', 'dst_'];
  if (idOrName.startsWith(prefix)) return named.parse(await api.get(`/v1/${plural}/${encodeURIComponent(idOrName)}`));
  const { items } = await list(api, `/v1/${plural}`, plural, { search: idOrName }, MAX_FOUND);
  const found = items.map((item) => named.parse(item)).filter(({ name }) => name === idOrName);
  const [first, ...others] = found;
  if (!first) {
    const hint = `hawser ${plural} list shows which there are`;
    throw new Failure(exitCode.notFound, `there is no ${kind} with the name ${idOrName}`, { hint });
  }
  if (others.length > 0) {
    throw usageFailure(
      `${found.length} ${plural} have the name ${idOrName}`,
      `say which by its id: ${found.map(({ id }) => id).join(', ')}`,
    );
  }
  return first;
}

/** The id that a filter of a list takes. */
export async function resolvedId(
  api: Api,
  kind: 'source' | 'destination',
  given: string | undefined,
): Promise<string | undefined> {
  return given === undefined ? undefined : idOf(api, kind, given);
}

/** The path in the API of the thing that a command is about, which is its first argument. */
export async function pathOf(
  api: Api,
  kind: 'source' | 'destination',
  { args: [idOrName = ''] }: { readonly args: readonly (string | undefined)[] },
): Promise<string> {
  const plural = kind === 'source' ? 'sources' : 'destinations';
  return `/v1/${plural}/${encodeURIComponent(await idOf(api, kind, idOrName))}`;
}

/** What is deleted has a history, and is found by its id alone. */
async function idOf(api: Api, kind: 'source' | 'destination', idOrName: string): Promise<string> {
  const prefix = kind === 'source' ? 'src_' : 'dst_';
  return idOrName.startsWith(prefix) ? idOrName : (await resolve(api, kind, idOrName)).id;
}
