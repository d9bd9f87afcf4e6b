import type { Clock, EpochMs } from '../clock.ts';
import type { Database } from '../database.ts';
import { RunningTime } from '../running-time.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { WireService } from '../wire/wire.ts';
import { ACCOUNT_ID } from './account.ts';
import { invalidParameter, invalidValue, queueDoesNotExist } from './errors.ts';
import { RECREATE_INTERVAL_SECONDS } from './limits.ts';
import { MessageStore } from './message-store.ts';
import { type OutgoingMessage, validateOutgoingMessage } from './outgoing-message.ts';
import { Queue, type QueueContext, type SentMessage } from './queue.ts';
import {
  DEFAULT_ATTRIBUTES,
  parseRedriveAllowPolicy,
  type QueueAttributes,
  settingsOf,
  validateAttributes,
} from './queue-attributes.ts';
import { QueueStore } from './queue-store.ts';
import type { ReceivedMessage } from './received-message.ts';
import type { ReceiveOptions } from './receiving.ts';
import { sqsWire } from './wire-operations.ts';

export interface SqsOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly region: string;
  /** Address of the local AWS endpoint, with which queue URLs begin. */
  readonly endpointUrl: string;
  /** Pass it if it is shared with other services. */
  readonly runningTime?: RunningTime | undefined;
}

export interface QueueSpec {
  /** 1–80 letters, digits, hyphens and underscores. */
  readonly name: string;
  readonly attributes: QueueAttributes;
  readonly tags?: Readonly<Record<string, string>> | undefined;
}

/** The embedded SQS: standard queues, durable, with fair queues, delays, long polling, redrive and retention. */
export class Sqs {
  readonly wire: WireService;
  readonly #options: SqsOptions;
  readonly #queueStore: QueueStore;
  readonly #context: QueueContext;
  readonly #byName = new Map<string, Queue>();
  readonly #deletedMs = new Map<string, EpochMs>();

  constructor(options: SqsOptions) {
    this.#options = options;
    const { database, clock, runningTime = new RunningTime(database, clock) } = options;
    this.#queueStore = new QueueStore(database);
    const store = new MessageStore(database);
    let nextSeq = store.nextSeq();
    this.#context = {
      database,
      clock,
      runningTime,
      store,
      nextSeq: () => nextSeq++,
      queueByArn: (arn) => this.#find(arn),
    };
    this.#load(store);
    this.wire = sqsWire(this);
  }

  #load(store: MessageStore): void {
    store.deleteOrphans();
    const byId = new Map<number, Queue>();
    for (const { id, name, attributes, createdMs, modifiedMs } of this.#queueStore.all()) {
      const queue = new Queue(this.#context, { id, name, arn: this.arnOf(name), createdMs }, attributes, modifiedMs);
      this.#byName.set(name, queue);
      byId.set(id, queue);
    }
    for (const head of store.heads()) byId.get(head.queueId)?.adopt(head);
    for (const queue of byId.values()) queue.settle();
  }

  /**
   * Creates the queue, or gives an existing one exactly these attributes and keeps its messages. Attributes that are left out get
   * their defaults.
   * @throws AwsError for an invalid name or attribute, or a dead-letter queue that doesn't exist.
   */
  ensureQueue(spec: QueueSpec): { queueUrl: string; queueArn: string } {
    const { name } = spec;
    validateName(name, spec.attributes);
    const attributes = this.#mergeAttributes(name, DEFAULT_ATTRIBUTES, spec.attributes);
    const nowMs = this.#options.clock.nowMs();
    const existing = this.#byName.get(name);
    if (existing) {
      this.#queueStore.update(existing.identity.id, attributes, spec.tags ?? {}, nowMs);
      existing.replaceAttributes(attributes, nowMs);
    } else {
      const id = this.#queueStore.insert(name, attributes, spec.tags ?? {}, nowMs);
      const identity = { id, name, arn: this.arnOf(name), createdMs: nowMs };
      this.#byName.set(name, new Queue(this.#context, identity, attributes, nowMs));
    }
    return { queueUrl: this.urlOf(name), queueArn: this.arnOf(name) };
  }

  /** CreateQueue: like `ensureQueue`, but refuses to change an existing queue. @throws QueueNameExists, QueueDeletedRecently */
  createQueue(spec: QueueSpec): { queueUrl: string; queueArn: string } {
    validateName(spec.name, spec.attributes);
    const existing = this.#byName.get(spec.name);
    if (existing) {
      validateAttributes(spec.attributes);
      const changed = Object.entries(spec.attributes).find(([name, value]) => existing.ownAttributes[name] !== value);
      if (!changed) return { queueUrl: this.urlOf(spec.name), queueArn: existing.identity.arn };
      throw new AwsError(
        'QueueNameExists',
        `A queue already exists with the same name and a different value for attribute ${changed[0]}`,
      );
    }
    const deletedMs = this.#deletedMs.get(spec.name);
    if (deletedMs !== undefined && this.#options.clock.nowMs() - deletedMs < RECREATE_INTERVAL_SECONDS * 1000) {
      throw new AwsError(
        'QueueDeletedRecently',
        `You must wait ${RECREATE_INTERVAL_SECONDS} seconds after deleting a queue before you can create another with the same name.`,
      );
    }
    return this.ensureQueue(spec);
  }

  /** SetQueueAttributes: changes only the attributes that are named; an empty value unsets one. */
  setAttributes(queueArn: string, changes: QueueAttributes): void {
    const queue = this.queue(queueArn);
    const attributes = this.#mergeAttributes(queue.identity.name, queue.ownAttributes, changes);
    const nowMs = this.#options.clock.nowMs();
    this.#queueStore.update(queue.identity.id, attributes, undefined, nowMs);
    queue.replaceAttributes(attributes, nowMs);
  }

  async deleteQueue(queueArn: string): Promise<void> {
    const queue = this.queue(queueArn);
    await this.#options.database.write(() => {
      this.#context.store.deleteAll(queue.identity.id);
      this.#queueStore.delete(queue.identity.id);
    });
    this.#byName.delete(queue.identity.name);
    this.#deletedMs.set(queue.identity.name, this.#options.clock.nowMs());
    queue.close();
  }

  /** Validates and stores one message. @throws AwsError QueueDoesNotExist and those of `validateOutgoingMessage`. */
  async sendMessage(queueArn: string, message: OutgoingMessage): Promise<SentMessage> {
    const queue = this.queue(queueArn);
    validateOutgoingMessage(message, queue.settings.maximumMessageBytes);
    const [sent] = await queue.send([message]);
    if (!sent) throw new Error('a message was sent, but no receipt came back');
    return sent;
  }

  /** Up to `maxMessages` messages (any number, unlike the API's 10), waiting up to `waitTimeMs` for the first one. */
  receiveMessages(queueArn: string, options: ReceiveOptions): Promise<ReceivedMessage[]> {
    return this.queue(queueArn).receive(options);
  }

  deleteMessages(queueArn: string, receiptHandles: readonly string[]): Promise<void> {
    return this.queue(queueArn).delete(receiptHandles);
  }

  /** Applies to the messages that are still in flight under these handles. Messages deleted meanwhile are skipped. */
  async changeVisibility(queueArn: string, receiptHandles: readonly string[], seconds: number): Promise<void> {
    const queue = this.queue(queueArn);
    for (const handle of receiptHandles) queue.changeVisibility(handle, seconds);
  }

  /** Attributes as GetQueueAttributes returns them for `All`. */
  attributesOf(queueArn: string): Record<string, string> {
    return this.queue(queueArn).attributes();
  }

  /** Tags as they were given when the queue was created. */
  tagsOf(queueArn: string): Record<string, string> {
    return this.#queueStore.tags(this.queue(queueArn).identity.id);
  }

  queueNames(): string[] {
    return [...this.#byName.keys()].sort();
  }

  /** @throws AwsError QueueDoesNotExist */
  queue(queueArn: string): Queue {
    const queue = this.#find(queueArn);
    if (!queue) throw queueDoesNotExist();
    return queue;
  }

  arnOf(queueName: string): string {
    return `arn:aws:sqs:${this.#options.region}:${ACCOUNT_ID}:${queueName}`;
  }

  urlOf(queueName: string): string {
    return `${this.#options.endpointUrl}/${ACCOUNT_ID}/${queueName}`;
  }

  /** The ARN for a queue URL with any host, because the endpoint may be reached under several. @throws QueueDoesNotExist */
  arnOfUrl(queueUrl: string): string {
    const [name, account] = queueUrl.split('/').reverse();
    if (!name || account !== ACCOUNT_ID) throw queueDoesNotExist();
    return this.arnOf(name);
  }

  #find(queueArn: string): Queue | undefined {
    const name = queueArn.slice(queueArn.lastIndexOf(':') + 1);
    const queue = this.#byName.get(name);
    return queue?.identity.arn === queueArn ? queue : undefined;
  }

  /** `base` with the valid `changes` applied. Checks the redrive policy against the queue that it names. */
  #mergeAttributes(queueName: string, base: QueueAttributes, changes: QueueAttributes): QueueAttributes {
    validateAttributes(changes);
    const merged = Object.fromEntries(Object.entries({ ...base, ...changes }).filter(([, value]) => value !== ''));
    const policy = settingsOf(merged).redrivePolicy;
    if (!policy || changes.RedrivePolicy === undefined) return merged;
    const target = this.#find(policy.deadLetterTargetArn);
    if (!target) {
      throw invalidValue(changes.RedrivePolicy, 'RedrivePolicy', 'Dead letter target does not exist.');
    }
    if (target.identity.name === queueName) {
      throw invalidValue(changes.RedrivePolicy, 'RedrivePolicy', 'A queue cannot be its own dead-letter queue.');
    }
    const allowed = parseRedriveAllowPolicy(target.ownAttributes.RedriveAllowPolicy ?? '');
    const isAllowed =
      !allowed ||
      allowed.redrivePermission === 'allowAll' ||
      (allowed.redrivePermission === 'byQueue' && allowed.sourceQueueArns.includes(this.arnOf(queueName)));
    if (!isAllowed) {
      throw invalidValue(
        changes.RedrivePolicy,
        'RedrivePolicy',
        "The dead-letter queue's RedriveAllowPolicy denies this queue.",
      );
    }
    return merged;
  }
}

function validateName(name: string, attributes: QueueAttributes): void {
  const isFifo = attributes.FifoQueue === 'true';
  if (/^[A-Za-z0-9_-]{1,80}$/.test(name) || isFifo) return;
  throw invalidParameter('Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length');
}
