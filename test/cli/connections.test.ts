import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Receiver } from '../support/receiver.ts';
import { cli, withStack } from './stack.ts';

withStack();
let receiver: Receiver;
let ids: { readonly source: string; readonly destination: string };
beforeAll(async () => {
  receiver = await Receiver.start();
  const [source, destination] = await Promise.all([
    cli.json<{ id: string }>('sources', 'create', 'shop'),
    cli.json<{ id: string }>('destinations', 'create', receiver.url, '--name', 'backend'),
  ]);
  ids = { source: source.id, destination: destination.id };
});
afterAll(() => receiver.stop());

const FILTER = { body: { total: { $gte: 100 } } };
const TRANSFORM = 'function transform(event) {\n  return { body: event.json.total };\n}\n';

async function file(name: string, text: string): Promise<string> {
  const path = join(cli.configHome, name);
  await writeFile(path, text);
  return path;
}

/** Two ends have one connection at most. */
async function made(...settings: string[]): Promise<string> {
  const { connections } = await cli.json<{ connections: { id: string }[] }>('connections', 'list');
  for (const { id } of connections) await cli.json('connections', 'delete', id, '--yes');
  return (await cli.json<{ id: string }>('connections', 'create', 'shop', 'backend', ...settings)).id;
}

describe('hawser connections', () => {
  it('create connects a source and a destination by name, and refuses a second connection between them', async () => {
    const id = await made();
    expect(await cli.json('connections', 'get', id)).toMatchObject({
      source_id: ids.source,
      destination_id: ids.destination,
      filter: null,
      transform: null,
    });
    const again = await cli.run(['connections', 'create', ids.source, 'backend']);
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('CONFLICT')]);
    const nobody = await cli.run(['connections', 'create', 'shop', 'nobody']);
    expect([nobody.code, nobody.stderr]).toEqual([4, expect.stringContaining('hawser destinations list shows')]);
  });

  it('get shows the names of both ends, and a readable filter and transform', async () => {
    const none = (await cli.run(['connections', 'get', await made()])).stdout;
    expect(none).toMatch(/^filter +none: every event$/m);
    expect(none).toMatch(/^transform +none$/m);
    const id = await made('--filter', JSON.stringify(FILTER), '--transform', TRANSFORM, '--name', 'large orders');
    const { stdout } = await cli.run(['connections', 'get', id]);
    expect(stdout).toContain(`source       shop (${ids.source})\n`);
    expect(stdout).toContain(`destination  backend (${ids.destination})\n`);
    expect(stdout).toContain('name         large orders\n');
    expect(stdout).toContain(`\nFilter\n${JSON.stringify(FILTER, null, 2)}\n`);
    expect(stdout).toContain(`\nTransform\n${TRANSFORM}`);
  });

  it('update reads filter and transform from files and stdin, and null removes them', async () => {
    const id = await made();
    const transform = await file('transform.js', TRANSFORM);
    const update = ['connections', 'update', id, '--json'];
    const changed = await cli.run([...update, '--filter', '-', '--transform', `@${transform}`], {
      stdin: JSON.stringify(FILTER),
    });
    expect(JSON.parse(changed.stdout)).toMatchObject({ filter: FILTER, transform: TRANSFORM });
    const gone = await cli.run([...update, '--data', '{"filter":null,"transform":null,"description":"all"}']);
    expect(JSON.parse(gone.stdout)).toMatchObject({ filter: null, transform: null, description: 'all' });
  });

  it('update shows the change, and the problem of an invalid filter', async () => {
    const id = await made();
    const { stdout } = await cli.run(['connections', 'update', id, '--filter', JSON.stringify(FILTER)]);
    expect(stdout).toContain(`\nFilter\n${JSON.stringify(FILTER, null, 2)}\n`);
    const wrong = await cli.run(['connections', 'update', id, '--filter', '{"body":{"a":{"$wrong":1}}}']);
    expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining('$wrong')]);
  });

  it.each([
    ['a filter that is not JSON', ['--filter', '{'], /--filter is not JSON/],
    ['a filter that is not an object', ['--filter', '[]'], /--filter is not a JSON object/],
    ['a file that is missing', ['--transform', '@/nowhere/it.js'], /\/nowhere\/it\.js can't be read/],
    ['filter and transform both from stdin', ['--filter', '-', '--transform', '-'], /cannot both come from stdin/],
  ])('update refuses %s with exit code 2', async (_, options, why) => {
    const { code, stdout, stderr } = await cli.run([
      'connections',
      'update',
      'con_01a201474ef07320a67f2f39d90bbc8f',
      ...options,
    ]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(why);
  });

  it('list shows the names of both ends, and can be limited to one source or destination', async () => {
    const id = await made('--filter', JSON.stringify(FILTER));
    await cli.json('sources', 'create', 'another');
    for (const options of [[], ['--source', 'shop'], ['--destination', 'backend']]) {
      const [heading, row] = (await cli.run(['connections', 'list', ...options])).stdout.split('\n');
      expect(heading).toMatch(/^ID +SOURCE {2}DESTINATION {2}NAME {2}FILTER {2}TRANSFORM$/);
      expect(row).toBe(`${id}  shop    backend      -     yes     -`);
    }
    const none = await cli.run(['connections', 'list', '--source', 'another']);
    expect([none.stdout, none.stderr]).toEqual(['', 'No connections match the filters.\n']);
    const both = await cli.run(['connections', 'list', '--source', 'shop', '--destination', 'backend']);
    expect([both.code, both.stderr]).toEqual([2, expect.stringContaining('cannot be used with')]);
  });

  it('list goes on where it ended', async () => {
    await made();
    await cli.json('destinations', 'create', receiver.url, '--source', 'shop', '--name', 'second');
    const first = await cli.json<{ cursor: string }>('connections', 'list', '--limit', '1');
    expect(first).toMatchObject({ connections: [{ source_id: ids.source }], has_more: true });
    expect(await cli.json('connections', 'list', '--cursor', first.cursor)).toMatchObject({
      connections: [{ destination_id: ids.destination }],
      has_more: false,
    });
  });

  it('delete requires --yes, and a deleted connection is not found', async () => {
    const id = await made();
    expect((await cli.run(['connections', 'delete', id])).code).toBe(2);
    expect((await cli.run(['connections', 'delete', id, '--yes'])).stdout).toBe(`${id} is deleted.\n`);
    expect((await cli.run(['connections', 'get', id])).code).toBe(4);
    const other = await cli.run(['connections', 'get', ids.source]);
    expect([other.code, other.stderr]).toEqual([2, expect.stringContaining('hawser connections list shows')]);
  });
});
