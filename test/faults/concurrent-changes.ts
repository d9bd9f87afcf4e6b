import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, Delivery } from './client.ts';
import type { Accepted, KindName } from './destinations.ts';
import { pick } from './random.ts';

/** What people do meanwhile through the API, at random. Refusals are ignored: a request may come too late. */
export class Meddling {
  /** Deliveries that were cancelled or discarded, or may have been. */
  readonly ended = new Set<string>();
  readonly #client: Client;
  readonly #ids: ReadonlyMap<KindName, string>;
  readonly #random: () => number;

  constructor(client: Client, ids: ReadonlyMap<KindName, string>, random: () => number) {
    this.#client = client;
    this.#ids = ids;
    this.#random = random;
  }

  async go(rounds: number, events: readonly Accepted[]): Promise<void> {
    const client = this.#client;
    const deeds: (() => Promise<unknown>)[] = [
      () => this.#cancel('breaker', 'held'),
      () => this.#cancel('twice', 'retrying'),
      async () => {
        const one = await this.#one(this.#random() < 0.5 ? 'twice' : 'fifo', 'retrying');
        if (one) await client.ask('POST', `/v1/deliveries/${one.id}/retry`);
      },
      async () => {
        const one = await this.#one('never', 'dead');
        if (one) await client.ask('POST', `/v1/dead-letters/${one.id}/replay`);
      },
      async () => {
        const one = await this.#one('never', 'dead');
        if (one) this.ended.add(one.id);
        if (one) await client.ask('DELETE', `/v1/dead-letters/${one.id}`);
      },
      () => client.ask('POST', '/v1/dead-letters/replay', { destination_id: this.#ids.get('never') }),
      async () => {
        const event = pick(events, this.#random);
        const name = event?.source === 'direct' ? 'plain' : 'keyed';
        const body = { destination_id: this.#ids.get(name) };
        if (event) await client.ask('POST', `/v1/events/${event.id}/replay`, body);
      },
      () => this.#pause(pick(['plain', 'fifo', 'twice', 'keyed'] as const, this.#random) ?? 'plain'),
      () => client.ask('POST', `/v1/destinations/${this.#ids.get('breaker')}/circuit/reset`),
    ];
    for (let round = 0; round < rounds; round++) {
      await pick(deeds, this.#random)?.();
      await sleep(30);
    }
  }

  async #cancel(name: KindName, status: string): Promise<void> {
    const one = await this.#one(name, status);
    if (!one) return;
    this.ended.add(one.id);
    await this.#client.ask('POST', `/v1/deliveries/${one.id}/cancel`);
  }

  async #pause(name: KindName): Promise<void> {
    const path = `/v1/destinations/${this.#ids.get(name)}`;
    await this.#client.ask('PATCH', path, { enabled: false });
    await sleep(100 + this.#random() * 400);
    for (let tries = 0; tries < 10; tries++) {
      if ((await this.#client.ask('PATCH', path, { enabled: true })).status < 300) return;
    }
    throw new Error(`${name} is not enabled again`);
  }

  async #one(name: KindName, status: string): Promise<Delivery | undefined> {
    const path = `/v1/deliveries?destination_id=${this.#ids.get(name)}&status=${status}&limit=100`;
    const { body } = await this.#client.ask('GET', path);
    return pick((body.deliveries ?? []) as Delivery[], this.#random);
  }
}
