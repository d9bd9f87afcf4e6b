import * as z from 'zod';
import type { EpochMs } from '../clock.ts';
import type { Database } from '../database.ts';
import { MAX_TARGETS_PER_RULE } from './limits.ts';

/** The bus that exists in every account. */
export const DEFAULT_BUS = 'default';

export function busNameOf(nameOrArn: string): string {
  return nameOrArn.slice(nameOrArn.indexOf('/') + 1);
}

/** Where a rule sends matching events. Only SQS queues. */
export const targetSchema = z.strictObject({
  Id: z.string().regex(/^[.\-_A-Za-z0-9]{1,64}$/),
  Arn: z.string().regex(/^arn:aws:sqs:/),
  /** Sent in place of the event. */
  Input: z.string().max(8192).optional(),
  RoleArn: z.string().optional(),
  SqsParameters: z.strictObject({ MessageGroupId: z.string().optional() }).optional(),
  DeadLetterConfig: z.strictObject({ Arn: z.string().optional() }).optional(),
  /** Stored and returned, but not used: a queue in the same process never fails in a way that a retry would fix. */
  RetryPolicy: z
    .strictObject({ MaximumRetryAttempts: z.int().optional(), MaximumEventAgeInSeconds: z.int().optional() })
    .optional(),
});

export type RuleTarget = z.infer<typeof targetSchema>;

const ruleSchema = z.object({
  name: z.string(),
  busName: z.string(),
  arn: z.string(),
  pattern: z.record(z.string(), z.unknown()),
  state: z.enum(['ENABLED', 'DISABLED']),
  description: z.string().optional(),
  targets: z.array(targetSchema),
});

export type Rule = z.infer<typeof ruleSchema>;

export interface EventBus {
  readonly name: string;
  readonly arn: string;
  readonly description: string | undefined;
  readonly createdMs: EpochMs;
}

/**
 * Buses and rules, in memory and in the database. They are created at start and by hand, so each change is a transaction of its
 * own and complete when the method returns.
 */
export class RuleStore {
  readonly #database: Database;
  readonly #buses = new Map<string, EventBus>();
  readonly #rules = new Map<string, Rule>();

  constructor(database: Database) {
    this.#database = database;
    database.define(`
      CREATE TABLE IF NOT EXISTS eventbridge_buses (
        name TEXT PRIMARY KEY, arn TEXT NOT NULL, description TEXT, created_ms INTEGER NOT NULL
      ) STRICT;
      CREATE TABLE IF NOT EXISTS eventbridge_rules (
        bus_name TEXT NOT NULL, name TEXT NOT NULL, definition TEXT NOT NULL, PRIMARY KEY (bus_name, name)
      ) STRICT;`);
    for (const row of database.statement('SELECT * FROM eventbridge_buses').all()) {
      const { name, arn, description, created_ms } = busRowSchema.parse(row);
      this.#buses.set(name, { name, arn, description: description ?? undefined, createdMs: created_ms });
    }
    for (const row of database.statement('SELECT definition FROM eventbridge_rules').all()) {
      const rule = ruleSchema.parse(JSON.parse(String(row.definition)));
      this.#rules.set(keyOf(rule.busName, rule.name), rule);
    }
  }

  bus(name: string): EventBus | undefined {
    return this.#buses.get(name);
  }

  buses(): EventBus[] {
    return [...this.#buses.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  addBus(bus: EventBus): void {
    this.#database
      .statement('INSERT INTO eventbridge_buses (name, arn, description, created_ms) VALUES (?, ?, ?, ?)')
      .run(bus.name, bus.arn, bus.description ?? null, bus.createdMs);
    this.#buses.set(bus.name, bus);
  }

  rule(busName: string, name: string): Rule | undefined {
    return this.#rules.get(keyOf(busName, name));
  }

  /** The rules of one bus, by name. */
  rulesOf(busName: string): Rule[] {
    return [...this.#rules.values()]
      .filter((rule) => rule.busName === busName)
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  putRule(rule: Rule): void {
    this.#database
      .statement('INSERT OR REPLACE INTO eventbridge_rules (bus_name, name, definition) VALUES (?, ?, ?)')
      .run(rule.busName, rule.name, JSON.stringify(rule));
    this.#rules.set(keyOf(rule.busName, rule.name), rule);
  }

  deleteRule(rule: Rule): void {
    this.#database
      .statement('DELETE FROM eventbridge_rules WHERE bus_name = ? AND name = ?')
      .run(rule.busName, rule.name);
    this.#rules.delete(keyOf(rule.busName, rule.name));
  }
}

const busRowSchema = z.object({
  name: z.string(),
  arn: z.string(),
  description: z.string().nullable(),
  created_ms: z.number(),
});

/** A rule's targets after some were added or replaced by id, in the order in which they were first given. */
export function mergeTargets(present: readonly RuleTarget[], added: readonly RuleTarget[]): RuleTarget[] | 'too many' {
  const byId = new Map([...present, ...added].map((target) => [target.Id, target]));
  return byId.size > MAX_TARGETS_PER_RULE ? 'too many' : [...byId.values()];
}

function keyOf(busName: string, name: string): string {
  return `${busName}|${name}`;
}
