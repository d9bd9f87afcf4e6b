import { describe, expect, it } from 'vitest';
import type { Connection, Destination, Source } from '../../api/types.ts';
import { layOutDiagram, unconnected } from './diagram-layout.ts';

const sources = (...ids: string[]) => ids.map((id) => ({ id }) as unknown as Source);
const destinations = (...ids: string[]) => ids.map((id) => ({ id, archived_at: null }) as unknown as Destination);
/** Each written as `from to`. */
const connections = (...ends: string[]) =>
  ends.map((end) => {
    const [source_id, destination_id] = end.split(' ');
    return { id: end, source_id, destination_id } as unknown as Connection;
  });
const idsOf = (things: readonly { readonly id: string }[]) => things.map(({ id }) => id);

describe('the diagram of connections', () => {
  it('sources and destinations without a connection are left out', () => {
    const diagram = layOutDiagram(connections('a x'), sources('a', 'b'), destinations('x', 'y'));
    expect(idsOf(diagram.sources)).toEqual(['a']);
    expect(idsOf(diagram.destinations)).toEqual(['x']);
  });

  it('destinations are placed near the sources that lead to them', () => {
    const all = connections('a y', 'b x', 'c x', 'a z', 'b z');
    const diagram = layOutDiagram(all, sources('a', 'b', 'c'), destinations('x', 'y', 'z'));
    expect(idsOf(diagram.destinations)).toEqual(['y', 'z', 'x']);
    expect(diagram.lines.map(({ connection, from, to }) => [connection.id, from, to])).toEqual([
      ['a y', 0, 0],
      ['b x', 1, 2],
      ['c x', 2, 2],
      ['a z', 0, 1],
      ['b z', 1, 1],
    ]);
  });

  it('a connection with an unknown end has no line', () => {
    const diagram = layOutDiagram(connections('a x', 'gone y', 'a gone'), sources('a'), destinations('x', 'y'));
    expect(diagram.lines.map(({ connection }) => connection.id)).toEqual(['a x']);
    expect(idsOf(diagram.destinations)).toEqual(['x', 'y']);
  });
});

describe('unconnected', () => {
  it('unconnected things are those that no connection names, except archived ones', () => {
    expect(idsOf(unconnected(sources('a', 'b'), ['a']))).toEqual(['b']);
    const archived = { id: 'z', archived_at: '2026-11-22T00:00:00.000Z' } as unknown as Destination;
    expect(idsOf(unconnected([...destinations('x', 'y'), archived], ['x']))).toEqual(['y']);
  });
});
