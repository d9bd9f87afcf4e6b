import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { Database } from '../database.ts';
import { ACCOUNT_ID } from '../sqs/account.ts';
import type { Sqs } from '../sqs/sqs.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { WireService } from '../wire/wire.ts';
import type { EventDetail } from './event-detail.ts';
import { matchesPattern, validatePattern } from './event-pattern.ts';
import {
  busNameOf,
  DEFAULT_BUS,
  type EventBus,
  mergeTargets,
  type Rule,
  RuleStore,
  type RuleTarget,
} from './rule-store.ts';
import { eventBridgeWire } from './wire-operations.ts';

export interface EventBridgeOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly region: string;
  /** The SQS with the targets of rules. */
  readonly sqs: Pick<Sqs, 'sendMessage'>;
}

export interface RuleSpec {
  readonly name: string;
  /** `default` if left out. */
  readonly eventBusName?: string | undefined;
  readonly eventPattern: unknown;
  readonly state?: 'ENABLED' | 'DISABLED' | undefined;
  readonly description?: string | undefined;
  readonly targets: readonly RuleTarget[];
}

/** An event to put on a bus, already valid. */
export interface IncomingEvent {
  readonly busName: string;
  readonly source: string;
  readonly detailType: string;
  readonly detail: EventDetail;
  readonly resources: readonly string[];
  readonly timeMs: number;
  readonly traceHeader: string | undefined;
}

/** The embedded EventBridge: buses, rules by event pattern, and SQS queues as their targets. */
export class EventBridge {
  readonly wire: WireService;
  readonly #options: EventBridgeOptions;
  readonly #store: RuleStore;

  constructor(options: EventBridgeOptions) {
    this.#options = options;
    this.#store = new RuleStore(options.database);
    this.ensureEventBus({ name: DEFAULT_BUS });
    this.wire = eventBridgeWire(this, options.clock);
  }

  /** Creates the bus unless it exists. */
  ensureEventBus({ name, description }: { name: string; description?: string | undefined }): { arn: string } {
    const existing = this.#store.bus(name);
    if (existing) return { arn: existing.arn };
    const arn = this.arnOf(name);
    this.#store.addBus({ name, arn, description, createdMs: this.#options.clock.nowMs() });
    return { arn };
  }

  /** Creates the rule, or gives an existing one exactly this pattern, this state and these targets. @throws AwsError */
  ensureRule(spec: RuleSpec): { arn: string } {
    const { arn } = this.putRule(spec);
    const rule = this.rule(spec.eventBusName ?? DEFAULT_BUS, spec.name);
    this.#store.putRule({ ...rule, targets: withinQuota([], spec.targets) });
    return { arn };
  }

  /** Creates or changes the rule itself and keeps its targets. @throws AwsError for an invalid pattern or unknown bus */
  putRule({
    name,
    eventBusName = DEFAULT_BUS,
    eventPattern,
    state = 'ENABLED',
    description,
  }: Omit<RuleSpec, 'targets'>): {
    arn: string;
  } {
    const bus = this.bus(eventBusName);
    const pattern = patternOf(eventPattern);
    const path = bus.name === DEFAULT_BUS ? name : `${bus.name}/${name}`;
    const arn = `arn:aws:events:${this.#options.region}:${ACCOUNT_ID}:rule/${path}`;
    const targets = this.#store.rule(bus.name, name)?.targets ?? [];
    this.#store.putRule({ name, busName: bus.name, arn, pattern, state, description, targets });
    return { arn };
  }

  /** Adds targets to a rule, or replaces those with the same id. @throws LimitExceededException */
  putTargets(busName: string, ruleName: string, targets: readonly RuleTarget[]): void {
    const rule = this.rule(busName, ruleName);
    this.#store.putRule({ ...rule, targets: withinQuota(rule.targets, targets) });
  }

  /** @returns the ids that the rule did not have */
  removeTargets(busName: string, ruleName: string, ids: readonly string[]): string[] {
    const rule = this.rule(busName, ruleName);
    this.#store.putRule({ ...rule, targets: rule.targets.filter(({ Id }) => !ids.includes(Id)) });
    return ids.filter((id) => !rule.targets.some(({ Id }) => Id === id));
  }

  deleteRule(busName: string, ruleName: string): void {
    const rule = this.#store.rule(this.bus(busName).name, ruleName);
    if (!rule) return;
    if (rule.targets.length > 0)
      throw new AwsError('ValidationException', "Rule can't be deleted since it has targets.");
    this.#store.deleteRule(rule);
  }

  /** @param nameOrArn of a bus @throws ResourceNotFoundException */
  bus(nameOrArn: string): EventBus {
    const bus = this.#store.bus(busNameOf(nameOrArn));
    if (!bus) throw new AwsError('ResourceNotFoundException', `Event bus ${busNameOf(nameOrArn)} does not exist.`);
    return bus;
  }

  /** The ARN that a bus of this name has, or would have. */
  arnOf(name: string): string {
    return `arn:aws:events:${this.#options.region}:${ACCOUNT_ID}:event-bus/${name}`;
  }

  buses(): EventBus[] {
    return this.#store.buses();
  }

  /** @throws ResourceNotFoundException */
  rule(busName: string, name: string): Rule {
    const bus = this.bus(busName);
    const rule = this.#store.rule(bus.name, name);
    if (!rule) {
      throw new AwsError('ResourceNotFoundException', `Rule ${name} does not exist on EventBus ${bus.name}.`);
    }
    return rule;
  }

  rulesOf(busName: string): Rule[] {
    return this.#store.rulesOf(this.bus(busName).name);
  }

  /**
   * Sends the event to the targets of every rule that matches it. Resolves with its id once they have stored it. An event for a
   * bus that doesn't exist is accepted and goes nowhere, as recorded from AWS.
   */
  async putEvent(incoming: IncomingEvent): Promise<string> {
    const id = randomUUID();
    const envelope = {
      version: '0',
      id,
      'detail-type': incoming.detailType,
      source: incoming.source,
      account: ACCOUNT_ID,
      time: new Date(incoming.timeMs).toISOString().replace(/\.\d+Z$/, 'Z'),
      region: this.#options.region,
      resources: incoming.resources,
    };
    const { json, value: detail } = incoming.detail;
    const event = { ...envelope, detail };
    const rules = this.#store
      .rulesOf(busNameOf(incoming.busName))
      .filter(({ state, pattern }) => state === 'ENABLED' && matchesPattern(pattern, event));
    const body = `${JSON.stringify(envelope).slice(0, -1)},"detail":${json}}`;
    await Promise.all(
      rules.flatMap((rule) => rule.targets.map((target) => this.#send(rule, target, body, incoming.traceHeader))),
    );
    return id;
  }

  /** If a target refuses the event, the target's dead-letter queue gets it. Without such a queue it is lost. */
  async #send(rule: Rule, target: RuleTarget, event: string, traceHeader: string | undefined): Promise<void> {
    const messageGroupId = target.SqsParameters?.MessageGroupId;
    try {
      await this.#options.sqs.sendMessage(target.Arn, { body: target.Input ?? event, messageGroupId, traceHeader });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      const deadLetterQueueArn = target.DeadLetterConfig?.Arn;
      if (deadLetterQueueArn === undefined) {
        report(`rule ${rule.name} could not send an event to ${target.Arn}, which is lost: ${error.message}`);
        return;
      }
      await this.#deadLetter(deadLetterQueueArn, rule, target, event, error);
    }
  }

  async #deadLetter(queueArn: string, rule: Rule, target: RuleTarget, body: string, error: AwsError): Promise<void> {
    const text = (value: string) => ({ DataType: 'String', StringValue: value });
    try {
      await this.#options.sqs.sendMessage(queueArn, {
        body,
        // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
        messageAttributes: {
          RULE_ARN: text(rule.arn),
          TARGET_ARN: text(target.Arn),
          ERROR_CODE: text(error.code),
          ERROR_MESSAGE: text(error.message),
        },
      });
    } catch (refusal) {
      if (!(refusal instanceof AwsError)) throw refusal;
      report(`rule ${rule.name} could not send an event to its dead-letter queue, it is lost: ${refusal.message}`);
    }
  }
}

function patternOf(value: unknown): Record<string, unknown> {
  validatePattern(value);
  return Object.fromEntries(Object.entries(value ?? {}));
}

function withinQuota(present: readonly RuleTarget[], added: readonly RuleTarget[]): RuleTarget[] {
  const targets = mergeTargets(present, added);
  if (targets !== 'too many') return targets;
  throw new AwsError('LimitExceededException', 'The requested resource exceeds the maximum number allowed.');
}

function report(problem: string): void {
  process.stderr.write(`hawser: local EventBridge: ${problem}\n`);
}
