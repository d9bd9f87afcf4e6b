import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { idSchema } from '../../core/id-schema.ts';
import type { EventId } from '../../core/ids.ts';
import { receiveBatch } from '../../functions/delivery/queue.fixture.ts';
import type { StreamedEvent } from '../../functions/fan-out/fan-out.ts';
import { resourceNames } from '../support/services.ts';
import { Instance } from './instance.ts';
import { type Cut, Lifeline } from './lifeline.ts';
import { Records } from './records.ts';
import type { Surroundings } from './surroundings.ts';

/** A day of retries, plus the time that all messages take that come back in it. */
const LONGEST_LIFE_SECONDS = 2 * 86_400;

/** Plays the part of AWS: hands out what stream and queue have until an instance is done with it, and replaces dead instances. */
export class World {
  readonly surroundings: Surroundings;
  readonly records: Records;
  /** Events whose sender was answered. */
  readonly accepted: EventId[] = [];
  /** The steps of the first instance. */
  readonly steps: readonly string[];
  crashes = 0;
  readonly #cuts: Cut[];
  /** The time between two polls of the queue. */
  readonly #lookEverySeconds: number;
  readonly #stream: { readonly arn: string; readonly shardId: string };
  /** The body of every message that the queue has handed out. */
  readonly #heard = new Set<string>();
  /** How far the stream has been processed. */
  #checkpoint: string | undefined;
  #instance: Instance;

  private constructor(surroundings: Surroundings, streamArn: string, cuts: readonly Cut[], lookEverySeconds: number) {
    this.surroundings = surroundings;
    this.records = new Records(surroundings);
    this.#cuts = [...cuts];
    this.#lookEverySeconds = lookEverySeconds;
    const { streams } = surroundings.services.simulators.dynamodb;
    this.#stream = { arn: streamArn, shardId: streams.shards(streamArn)[0] ?? '' };
    this.#instance = this.#nextInstance();
    this.steps = this.#instance.lifeline.steps;
  }

  /** @param cuts where the first instance dies, then the one in its place, and so on */
  static async around(surroundings: Surroundings, cuts: readonly Cut[], lookEverySeconds: number): Promise<World> {
    const { dynamodb } = surroundings.services.clients;
    const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName: resourceNames.events }));
    return new World(surroundings, Table?.LatestStreamArn ?? '', cuts, lookEverySeconds);
  }

  /** Sends like a sender, until it is answered. Advances a millisecond first: the ids of one millisecond have no order. */
  async send(body: Uint8Array): Promise<void> {
    await this.surroundings.services.clock.advance(1);
    this.accepted.push(await this.ask((instance) => instance.accept(body)));
  }

  /** Asks again until there is an answer, as senders and operators do. */
  async ask<Answer>(request: (instance: Instance) => Promise<Answer>): Promise<Answer> {
    for (;;) {
      const done = await this.#run(request);
      if (done) return done.answer;
    }
  }

  /** Lets time pass until this holds. */
  async until(what: string, holds: () => Promise<boolean>): Promise<void> {
    const { clock } = this.surroundings.services;
    for (let passed = 0; passed < LONGEST_LIFE_SECONDS; passed += this.#lookEverySeconds) {
      while (await this.#handOut());
      if (await holds()) return;
      await clock.advance(this.#lookEverySeconds * 1000);
    }
    throw new Error(`waited ${LONGEST_LIFE_SECONDS} s in vain until ${what}`);
  }

  /** Lets everything happen that is on its way. */
  untilQuiet(): Promise<void> {
    return this.until('nothing is on its way', async () => this.#isQuiet());
  }

  /**
   * Hands out once more all that stream and queue have ever handed out, to an instance that remembers nothing.
   * @returns how many messages that is
   */
  async repeatAll(): Promise<number> {
    const { simulators, deliveryQueue } = this.surroundings.services;
    const bodies = [...this.#heard];
    this.#instance = this.#nextInstance();
    this.#checkpoint = undefined;
    for (const body of bodies) await simulators.sqs.sendMessage(deliveryQueue.queueArn, { body });
    await this.untilQuiet();
    return bodies.length;
  }

  #nextInstance(): Instance {
    return new Instance(this.surroundings, new Lifeline(this.#cuts.shift()));
  }

  /** @returns `undefined` if the instance died while doing it */
  async #run<Answer>(work: (instance: Instance) => Promise<Answer>): Promise<{ answer: Answer } | undefined> {
    const { lifeline } = this.#instance;
    const done = work(this.#instance).then((answer) => ({ answer }));
    const result = await Promise.race([done, lifeline.death]);
    if (result) return result;
    this.crashes++;
    this.#instance = this.#nextInstance();
    return undefined;
  }

  /** @returns whether there was anything */
  async #handOut(): Promise<boolean> {
    const [fromStream, fromQueue] = [await this.#handOutStream(), await this.#handOutMessages()];
    return fromStream || fromQueue;
  }

  async #handOutStream(): Promise<boolean> {
    const records = this.#newRecords();
    const last = records.at(-1)?.dynamodb.SequenceNumber;
    if (last === undefined) return false;
    const batch = await Promise.all(
      records.map(async ({ dynamodb: { SequenceNumber, Keys } }): Promise<StreamedEvent> => {
        const id = Keys.id && 'S' in Keys.id ? idSchema('evt').parse(Keys.id.S) : undefined;
        const event = id && (await this.records.event(id));
        if (!event) throw new Error(`the event of the stream record ${SequenceNumber} is not there`);
        return { sequenceNumber: SequenceNumber, event };
      }),
    );
    await this.#run(async (instance) => {
      const failed = await instance.fanOut(batch);
      if (failed.length > 0) throw new Error('fan-out failed');
      await instance.lifeline.step('checkpoint of the stream', async () => {
        this.#checkpoint = last;
      });
    });
    return true;
  }

  #newRecords() {
    const { streams } = this.surroundings.services.simulators.dynamodb;
    return streams.read(this.#stream.arn, this.#stream.shardId, this.#checkpoint, 100);
  }

  async #handOutMessages(): Promise<boolean> {
    const { messages, end } = await receiveBatch(this.surroundings.services);
    if (messages.length === 0) return false;
    for (const { body } of messages) this.#heard.add(body);
    await this.#run(async (instance) => {
      const failed = await instance.deliver(messages);
      await instance.lifeline.step('deletion of messages', () => end(failed));
    });
    return true;
  }

  #isQuiet(): boolean {
    const { simulators, deliveryQueue } = this.surroundings.services;
    const attributes = simulators.sqs.attributesOf(deliveryQueue.queueArn);
    const messages = ['', 'NotVisible', 'Delayed'].map((state) =>
      Number(attributes[`ApproximateNumberOfMessages${state}`]),
    );
    const schedules = simulators.scheduler.schedules(resourceNames.scheduleGroup, ['', ''], 1);
    return messages.every((count) => count === 0) && schedules.length === 0 && this.#newRecords().length === 0;
  }
}
