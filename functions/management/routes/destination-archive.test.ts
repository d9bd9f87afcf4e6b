import { afterAll, beforeAll, expect, it } from 'vitest';
import { ApiUnderTest } from '../testing/api.fixture.ts';
import { HistoryUnderTest } from '../testing/history.fixture.ts';

let api: ApiUnderTest;
let history: HistoryUnderTest;
beforeAll(async () => {
  api = await ApiUnderTest.start();
  history = new HistoryUnderTest(api.services);
});
afterAll(() => api.close());

const newDestination = () => api.ok('POST', '/v1/destinations', { body: { url: 'https://example.com/hook' } });

it('archiving and unarchiving a destination changes nothing else', async () => {
  const { secret, ...created } = await newDestination();
  const archived = await api.ok('POST', `/v1/destinations/${created.id}/archive`);
  expect(archived).toMatchObject({ ...created, archived_at: expect.any(String), updated_at: archived.archived_at });
  expect(await api.ok('GET', `/v1/destinations/${created.id}`)).toEqual({ ...archived, waiting: null });
  const unarchived = await api.ok('POST', `/v1/destinations/${created.id}/unarchive`);
  expect(unarchived).toMatchObject({ ...created, updated_at: expect.any(String) });
  expect(await api.ok('GET', `/v1/destinations/${created.id}`)).toEqual({ ...unarchived, waiting: null });
});

it('archiving and unarchiving are idempotent', async () => {
  const { id } = await newDestination();
  const archived = await api.ok('POST', `/v1/destinations/${id}/archive`);
  expect(await api.ok('POST', `/v1/destinations/${id}/archive`)).toEqual(archived);
  const unarchived = await api.ok('POST', `/v1/destinations/${id}/unarchive`);
  expect(await api.ok('POST', `/v1/destinations/${id}/unarchive`)).toEqual(unarchived);
});

it('an archived destination can be changed, connected and deleted', async () => {
  const { id } = await newDestination();
  const source = await api.ok('POST', '/v1/sources', { body: { name: 'github' } });
  await api.ok('POST', `/v1/destinations/${id}/archive`);
  const renamed = await api.ok('PATCH', `/v1/destinations/${id}`, { body: { name: 'renamed' } });
  expect(renamed).toMatchObject({ name: 'renamed', archived_at: expect.any(String) });
  await api.ok('POST', '/v1/connections', { body: { source_id: source.id, destination_id: id } });
  await api.ok('DELETE', `/v1/destinations/${id}`);
  for (const action of ['archive', 'unarchive']) {
    await api.refused(404, 'RESOURCE_NOT_FOUND', 'POST', `/v1/destinations/${id}/${action}`);
  }
});

it('a dead letter of an archived destination is replayed only when it is unarchived', async () => {
  const ends = await history.connected(api);
  const id = await history.dead(ends);
  await api.ok('POST', `/v1/destinations/${ends.destination}/archive`);
  const answer = await api.refused(409, 'CONFLICT', 'POST', `/v1/dead-letters/${id}/replay`);
  expect(answer.message).toContain(`unarchive ${ends.destination} first`);
  await api.ok('POST', `/v1/destinations/${ends.destination}/unarchive`);
  expect(await api.ok('POST', `/v1/dead-letters/${id}/replay`)).toMatchObject({ status: 'pending' });
});
