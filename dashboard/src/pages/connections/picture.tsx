import { page } from '../../api/paths.ts';
import type { Connection, Destination, Source } from '../../api/types.ts';

interface PictureProps {
  readonly connections: readonly Connection[];
  readonly sources: readonly Source[];
  readonly destinations: readonly Destination[];
}

/** A box and the space below it. */
const ROW_PX = 52;
const BOX_PX = 40;
/** How far the lines go from the one column to the other, in units of the picture. */
const WIDTH = 100;

/** Sources on the left, destinations on the right, and a line for each connection. The table below says the same in words. */
export function Picture({ connections, sources, destinations }: PictureProps) {
  const rowOfSource = rows(sources);
  const rowOfDestination = rows(destinations);
  const height = Math.max(sources.length, destinations.length) * ROW_PX;
  return (
    <div class="picture" style={{ height: `${height}px` }}>
      <ul aria-label="Sources">
        {sources.map(({ id, name }) => (
          <li key={id}>
            <a href={page.source(id)}>{name}</a>
          </li>
        ))}
      </ul>
      <svg viewBox={`0 0 ${WIDTH} ${height}`} preserveAspectRatio="none" aria-hidden="true">
        {connections.map(({ id, source_id, destination_id, filter }) => {
          const from = rowOfSource.get(source_id);
          const to = rowOfDestination.get(destination_id);
          if (from === undefined || to === undefined) return null;
          return <path key={id} d={curve(middle(from), middle(to))} class={filter ? 'is-filtered' : undefined} />;
        })}
      </svg>
      <ul aria-label="Destinations">
        {destinations.map(({ id, name, enabled }) => (
          <li key={id} class={enabled ? undefined : 'is-off'}>
            <a href={page.destination(id)}>{name}</a>
          </li>
        ))}
      </ul>
    </div>
  );
}

function rows(things: readonly { readonly id: string }[]): ReadonlyMap<string, number> {
  return new Map(things.map(({ id }, row) => [id, row]));
}

function middle(row: number): number {
  return row * ROW_PX + BOX_PX / 2;
}

function curve(from: number, to: number): string {
  return `M 0 ${from} C ${WIDTH / 2} ${from}, ${WIDTH / 2} ${to}, ${WIDTH} ${to}`;
}
