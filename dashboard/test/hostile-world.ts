import { eventually, type Hawser } from '../../test/support/hawser.ts';
import { answer, type Receiver } from '../../test/support/receiver.ts';

/** A stranger who would like to run something in the browser of an administrator, in every field that there is. */
const HOSTILE = '<img src=x onerror="document.title=\'owned\'"><script>document.title="owned"</script>';

interface DeadLetters {
  readonly dead_letters: readonly { readonly id: string; readonly event_id: string; readonly connection_id: string }[];
}

/** A source of hostile events, a destination that takes them and one that does not. @returns the pages about them */
export async function hostileWorld(
  hawser: Hawser,
  receiver: Receiver,
): Promise<(readonly [page: string, path: string])[]> {
  receiver.behave = (webhook, response) => answer(webhook.url === '/hook' ? 200 : 503, HOSTILE)(webhook, response);
  const { sourceId, ingestUrl, destinations } = await hawser.route(
    HOSTILE,
    { url: receiver.url, name: HOSTILE },
    { url: `${receiver.url}/broken`, name: 'Broken', retry_max_attempts: 0 },
  );
  const bodies = [HOSTILE, JSON.stringify({ html: HOSTILE, id: '12345678901234567890' }), new Uint8Array([0, 255])];
  for (const body of bodies) {
    await fetch(`${ingestUrl}/orders?x=${encodeURIComponent(HOSTILE)}`, {
      method: 'POST',
      headers: { 'x-hostile': HOSTILE, 'x-github-event': HOSTILE },
      body,
    });
  }
  const dead = await eventually('a dead letter of each', async () => {
    const { body } = await hawser.api<DeadLetters>('GET', `/v1/dead-letters?destination_id=${destinations[1]?.id}`);
    return body.dead_letters.length === bodies.length && body.dead_letters;
  });
  // By now, so that what came unsigned has a type.
  await hawser.api('PATCH', `/v1/sources/${sourceId}`, {
    verification: { type: 'github', secret: 'a-secret-of-github' },
  });
  await hawser.api('POST', '/v1/api-keys', { name: HOSTILE, scope: 'write' });
  const last = dead.at(-1);
  return [
    ['overview', '/'],
    ['sources', '/sources'],
    ['source', `/sources/${sourceId}`],
    ['connections', '/connections'],
    ['connection', `/connections/${last?.connection_id}`],
    ['destinations', '/destinations'],
    ['destination', `/destinations/${destinations[0]?.id}`],
    ['new destination', '/destinations/new'],
    ['events', '/events'],
    ['events of a type', `/events?type=${encodeURIComponent(HOSTILE)}`],
    ['event', `/events/${last?.event_id}`],
    ['deliveries', '/deliveries'],
    ['delivery', `/deliveries/${last?.id}`],
    ['dead letters', '/dead-letters'],
    ['keys', '/keys'],
    ['no such page', '/nowhere'],
  ];
}
