import { page } from '../../api/paths.ts';
import type { Circuit, Connection, Destination, Source } from '../../api/types.ts';
import { Badge, type Tone } from '../../ui/badge.tsx';
import { isolated } from '../../ui/bidi.ts';
import { UntrustedText } from '../../ui/untrusted-text.tsx';
import { type DiagramLayout, layOutDiagram } from './diagram-layout.ts';

interface ConnectionDiagramProps {
  readonly connections: readonly Connection[];
  readonly sources: readonly Source[];
  readonly destinations: readonly Destination[];
  /** The destinations whose circuit is not closed. */
  readonly openCircuits: ReadonlyMap<string, Circuit['state']>;
}

/** A box and the space around it; for the boxes see styles/content.css. A hundred are no higher than the table of them below. */
const ROW_PX = 40;
/** The distance between the two columns that lines cross, in units of the diagram. */
const WIDTH = 100;

/** Sources on the left, destinations on the right, and a line for each connection. The table below says the same in words. */
export function ConnectionDiagram({ connections, sources, destinations, openCircuits }: ConnectionDiagramProps) {
  const ends = layOutDiagram(connections, sources, destinations);
  const height = Math.max(ends.sources.length, ends.destinations.length) * ROW_PX;
  const markOf = (destination: Destination) => stateOf(destination, openCircuits.get(destination.id));
  const marks = new Map(ends.destinations.map((destination) => [destination.id, markOf(destination)]));
  return (
    <div class="diagram" style={{ height: `${height}px` }}>
      <ul aria-label="Sources">
        {ends.sources.map(({ id, name }) => (
          <li key={id}>
            <a href={page.source(id)} title={isolated(name)}>
              <span class="diagram-name">
                <UntrustedText text={name} />
              </span>
            </a>
          </li>
        ))}
      </ul>
      <svg viewBox={`0 0 ${WIDTH} ${height}`} preserveAspectRatio="none" aria-hidden="true">
        {ends.lines.map(({ connection, from, to }) => (
          <path
            key={connection.id}
            d={curve(middle(from, ends.sources, height), middle(to, ends.destinations, height))}
            class={classOf(connection, marks.get(connection.destination_id))}
          />
        ))}
      </svg>
      <ul aria-label="Destinations">
        {ends.destinations.map(({ id, name }) => (
          <li key={id}>
            <DestinationBox id={id} name={name} mark={marks.get(id)} />
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Why nothing is sent to a destination now. */
interface Mark {
  readonly word: string;
  readonly tone: Tone;
}

function stateOf({ archived_at, enabled }: Destination, circuit: Circuit['state'] | undefined): Mark | undefined {
  if (archived_at !== null) return { word: 'archived', tone: 'calm' };
  if (!enabled) return { word: 'disabled', tone: 'warn' };
  return circuit && { word: `circuit ${circuit.replace('_', '-')}`, tone: 'bad' };
}

interface BoxProps {
  readonly id: string;
  readonly name: string;
  readonly mark: Mark | undefined;
}

function DestinationBox({ id, name, mark }: BoxProps) {
  return (
    <a
      href={page.destination(id)}
      title={mark ? `${isolated(name)}: ${mark.word}` : isolated(name)}
      class={mark && 'is-off'}
    >
      <span class="diagram-name">
        <UntrustedText text={name} />
      </span>
      {mark && <Badge tone={mark.tone}>{mark.word}</Badge>}
    </a>
  );
}

function classOf({ filter }: Connection, mark: Mark | undefined): string {
  return [filter && 'is-filtered', mark && 'is-off'].filter(Boolean).join(' ');
}

/** Each box is centred in its share of the height. */
function middle(row: number, column: DiagramLayout['sources'] | DiagramLayout['destinations'], height: number): number {
  return ((row + 0.5) * height) / column.length;
}

function curve(from: number, to: number): string {
  return `M 0 ${from} C ${WIDTH / 2} ${from}, ${WIDTH / 2} ${to}, ${WIDTH} ${to}`;
}
