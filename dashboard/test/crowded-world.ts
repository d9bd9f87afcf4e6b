import { eventually, type Hawser } from '../../test/support/hawser.ts';
import { answer, Receiver } from '../../test/support/receiver.ts';

/** As long as a name may be, and nowhere a place to break it. */
const LONG_NAME = 'Webhooks_of_the_shop_'.padEnd(100, 'abcdefghij');

const CONNECTIONS = 60;
const UNCONNECTED = 3;

interface Made {
  readonly id: string;
}

export interface CrowdedWorld {
  /** Called as long as the rest. */
  readonly key: string;
  readonly pages: readonly (readonly [page: string, path: string])[];
}

/** Everything long, and a lot of it: names without a space, many connections, things that are unconnected, disabled, archived, failing. */
export async function crowdedWorld(hawser: Hawser, receiver: Receiver): Promise<CrowdedWorld> {
  receiver.behave = (webhook, response) => answer(webhook.url.endsWith('/broken') ? 503 : 200, 'x')(webhook, response);
  const make = async (path: string, body: object) => (await hawser.api<Made>('POST', path, body)).body.id;
  const broken = { url: `${receiver.url}/broken`, retry_max_attempts: 0, circuit_breaker: { failure_threshold: 1 } };
  const { sourceId, ingestUrl, destinations } = await hawser.route(
    LONG_NAME,
    { url: `${receiver.url}/${LONG_NAME}`, name: LONG_NAME, config: {} },
    { ...broken, name: `Broken_${LONG_NAME.slice(7)}` },
    { url: receiver.url, name: 'Turned off', enabled: false },
    { url: receiver.url, name: 'In the archive' },
  );
  await hawser.api('POST', `/v1/destinations/${destinations[3]?.id}/archive`);
  const quiet: { source: string; destination: string }[] = [];
  for (let number = 0; number < UNCONNECTED; number++) {
    const name = `Unconnected ${number}`;
    const destination = await make('/v1/destinations', { url: receiver.url, name });
    quiet.push({ destination, source: await make('/v1/sources', { name }) });
  }
  const sources = [sourceId];
  while (sources.length < 8) sources.push(await make('/v1/sources', { name: `Source ${sources.length}` }));
  for (let number = 0; number < CONNECTIONS; number++) {
    await make(`/v1/sources/${sources[number % sources.length]}/destinations`, {
      url: receiver.url,
      name: `Destination ${number}`,
    });
  }
  const connection = await make('/v1/connections', {
    source_id: sources[1],
    destination_id: destinations[0]?.id,
    name: LONG_NAME,
    description: LONG_NAME,
    filter: { body: { [LONG_NAME]: 1 } },
  });
  const { body: key } = await hawser.api<{ key: string }>('POST', '/v1/api-keys', { name: LONG_NAME, scope: 'admin' });
  for (let number = 0; number < 12; number++) {
    await fetch(`${ingestUrl}/${LONG_NAME}?${LONG_NAME}`, { method: 'POST', body: `"${LONG_NAME}"` });
  }
  const [dead] = await eventually('a dead letter', async () => {
    const { body } = await hawser.api<{ dead_letters: { id: string; event_id: string }[] }>('GET', '/v1/dead-letters');
    return body.dead_letters.length > 0 && body.dead_letters;
  });
  const deleted = await deadLettersOfADeleted(hawser);
  const replay = await make('/v1/replays', { destination_id: destinations[0]?.id });
  await eventually('a replay that is over', async () => {
    const { body } = await hawser.api<{ status: string }>('GET', `/v1/replays/${replay}`);
    return body.status === 'completed';
  });
  // By now, so that what came unsigned has been taken.
  await hawser.api('PATCH', `/v1/sources/${sourceId}`, { verification: { type: 'github', secret: 'a-secret' } });
  const pages = [
    ['overview', '/'],
    ['sources', '/sources'],
    ['source', `/sources/${sourceId}`],
    ['source without verification', `/sources/${sources[1]}`],
    ['source without anything', `/sources/${quiet[0]?.source}`],
    ['connections', '/connections'],
    ['connection', `/connections/${connection}`],
    ['destinations', '/destinations'],
    ['destinations that need a look', '/destinations?show=look'],
    ['destination', `/destinations/${destinations[0]?.id}`],
    ['destination with an open circuit', `/destinations/${destinations[1]?.id}`],
    ['destination without anything', `/destinations/${quiet[0]?.destination}`],
    ['new destination', '/destinations/new'],
    ['events', '/events'],
    ['event', `/events/${dead?.event_id}`],
    ['deliveries', '/deliveries'],
    ['delivery', `/deliveries/${dead?.id}`],
    ['dead letters', '/dead-letters'],
    ['dead letters of a deleted destination', `/dead-letters?destination=${deleted}`],
    ['keys', '/keys'],
  ] as const;
  return { key: key.key, pages };
}

/** Enough of them to take room on a screen. @returns the id of the destination that was theirs */
async function deadLettersOfADeleted(hawser: Hawser): Promise<string> {
  // `CONNECTION_REFUSED` is the longest that "Last answer" has.
  const gone = await Receiver.start();
  await gone.stop();
  const settings = { url: gone.url, name: 'Deleted', retry_max_attempts: 0, circuit_breaker: { enabled: false } };
  const { ingestUrl, destinations } = await hawser.route('Bereft', settings);
  const id = destinations[0]?.id ?? '';
  for (let number = 0; number < 8; number++) await fetch(ingestUrl, { method: 'POST', body: '{}' });
  await eventually('they are dead', async () => {
    const { body } = await hawser.api<{ dead_letters: Made[] }>('GET', `/v1/dead-letters?destination_id=${id}`);
    return body.dead_letters.length === 8;
  });
  await hawser.api('DELETE', `/v1/destinations/${id}`);
  return id;
}

/** A delivery in each status that one may be looked at in, of those that wait one for each thing to wait for. @returns the pages of them */
export async function deliveriesOfEachStatus(hawser: Hawser, receiver: Receiver): Promise<CrowdedWorld['pages']> {
  receiver.behave = (webhook, response) => answer(webhook.url.endsWith('/broken') ? 503 : 200, 'x')(webhook, response);
  const broken = { url: `${receiver.url}/broken` };
  const fragile = { ...broken, retry_max_attempts: 0, circuit_breaker: { failure_threshold: 1 } };
  const slow = { url: receiver.url, rate_limit: { limit: 1, period: 'hour' } };
  /** The last of them, once it is in that status. */
  const sent = async (
    status: string,
    settings: object,
    count = 1,
  ): Promise<Made & { readonly destination: string }> => {
    const { ingestUrl, destinations } = await hawser.route('Shop', { name: LONG_NAME, ...settings });
    const destination = destinations[0]?.id ?? '';
    for (let number = 1; number <= count; number++) {
      const { id } = (await (await fetch(ingestUrl, { method: 'POST', body: '{}' })).json()) as Made;
      if (number === count) return { ...(await inStatus(status, id)), destination };
      await inStatus('', id);
    }
    throw new Error('nothing was to be sent');
  };
  /** The delivery of an event; of any status but the first where none is asked for. */
  const inStatus = (status: string, event: string) =>
    eventually(`a delivery that is ${status || 'tried'}`, async () => {
      const { body } = await hawser.api<{ deliveries: (Made & { readonly status: string })[] }>(
        'GET',
        `/v1/events/${event}`,
      );
      return body.deliveries.find((one) => (status ? one.status === status : one.status !== 'pending'));
    });
  const cancelled = await sent('held', { url: receiver.url, enabled: false });
  await hawser.api('POST', `/v1/deliveries/${cancelled.id}/cancel`);
  const shut = await sent('retrying', broken);
  await hawser.api('PATCH', `/v1/destinations/${shut.destination}`, { enabled: false });
  const made = [
    ['pending, at a slow destination', await sent('pending', slow, 2)],
    ['retrying', await sent('retrying', broken)],
    ['retrying, at a destination that was disabled', shut],
    ['held by a disabled destination', await sent('held', { url: receiver.url, enabled: false })],
    ['held by a circuit', await sent('held', fragile, 2)],
    ['succeeded', await sent('succeeded', { url: receiver.url })],
    ['dead', await sent('dead', { ...broken, retry_max_attempts: 0 })],
    ['cancelled', cancelled],
  ] as const;
  return made.map(([name, { id }]) => [name, `/deliveries/${id}`] as const);
}
