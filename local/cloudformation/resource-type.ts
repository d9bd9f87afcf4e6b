import type * as z from 'zod';
import type { DynamoDb } from '../dynamodb/dynamodb.ts';
import type { EventBridge } from '../eventbridge/eventbridge.ts';
import type { Kms } from '../kms/kms.ts';
import type { EventSourceMapping } from '../lambda/event-source-mapping.ts';
import type { LambdaRunner } from '../lambda/runner.ts';
import type { S3 } from '../s3/s3.ts';
import type { Scheduler } from '../scheduler/scheduler.ts';
import type { SecretsManager } from '../secretsmanager/secretsmanager.ts';
import type { Sqs } from '../sqs/sqs.ts';
import type { DistributionParts } from './distribution-parts.ts';
import type { RestApiParts } from './rest-api-parts.ts';
import { TemplateError } from './template.ts';
import type { WebSocketApiParts } from './web-socket-api-parts.ts';

/** The part of the simulators that a template needs: how a resource is created, never what it does. */
export interface ResourceFactories {
  readonly dynamodb: Pick<DynamoDb, 'ensureTable'>;
  readonly sqs: Pick<Sqs, 'ensureQueue'>;
  readonly s3: Pick<S3, 'ensureBucket' | 'list' | 'change'>;
  readonly kms: Pick<Kms, 'ensureKey' | 'ensureAlias'>;
  readonly secretsManager: Pick<SecretsManager, 'ensureSecret'>;
  readonly scheduler: Pick<Scheduler, 'ensureScheduleGroup'>;
  readonly eventBridge: Pick<EventBridge, 'ensureEventBus' | 'ensureRule'>;
  readonly runner: Pick<LambdaRunner, 'ensureFunction'>;
}

/** What is available to create one resource. */
export interface Creation {
  readonly logicalId: string;
  readonly stackName: string;
  readonly region: string;
  /** The resource's name unless the template gives it one; at most `maxLength` characters, 64 by default. */
  physicalName(maxLength?: number): string;
  /** The folder of a file asset, by the key that it would have in the bootstrap bucket. @throws TemplateError */
  assetPath(s3Key: string): string;
  readonly factories: ResourceFactories;
  /** These only work once all resources exist, so the stack starts them, not the translator. */
  readonly eventSourceMappings: EventSourceMapping[];
  readonly restApis: RestApiParts;
  readonly distributions: DistributionParts;
  readonly webSocketApis: WebSocketApiParts;
  /** Where WebSocket APIs are served, without the stage: `ws://127.0.0.1:4100`. */
  readonly webSocketEndpoint: string;
  /** ARNs of the secrets that this deployment created rather than found. */
  readonly newSecrets: Set<string>;
  /** Environments of the functions, by function ARN. */
  readonly functionEnvironments: Map<string, Readonly<Record<string, string>>>;
}

/** The values of a resource that the rest of the template can refer to. */
export interface Created {
  /** The value of `Ref`. */
  readonly ref: string;
  /** The values of `Fn::GetAtt`, as far as the stack knows them. */
  readonly attributes?: Readonly<Record<string, string>>;
}

/** One type of resource: parses the resolved properties and creates the resource. */
export interface ResourceType {
  readonly type: string;
  create(properties: unknown, creation: Creation): Created | Promise<Created>;
}

export interface ResourceTypeDefinition<S extends z.ZodType> {
  readonly type: string;
  /** The properties that have an effect; strict at every level. */
  readonly properties: S;
  /** Properties that change nothing on one machine, each with the reason. */
  readonly harmless?: Readonly<Record<string, string>>;
  create(properties: z.infer<S>, creation: Creation): Created | Promise<Created>;
}

/**
 * Creates a translator that parses its properties strictly. A property that neither has an effect nor is declared harmless stops
 * the start, so that the simulation can't miss a change of the template.
 */
export function resourceType<S extends z.ZodType>(definition: ResourceTypeDefinition<S>): ResourceType {
  const { type, properties: schema, harmless = {} } = definition;
  return {
    type,
    create(properties, creation) {
      const relevant = Object.entries(properties ?? {}).filter(([name]) => !Object.hasOwn(harmless, name));
      const parsed = schema.safeParse(Object.fromEntries(relevant));
      if (!parsed.success) throw new TemplateError(describeProblems(creation.logicalId, type, parsed.error));
      return definition.create(parsed.data, creation);
    },
  };
}

function describeProblems(logicalId: string, type: string, error: z.ZodError): string {
  const problems = error.issues.flatMap((issue) => {
    const path = issue.path.map(String);
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => `the property ${[...path, key].join('.')} is not supported by the local stack`);
    }
    return [`the property ${path.join('.')} has a value that the local stack does not support: ${issue.message}`];
  });
  return `${logicalId} (${type}): ${problems.join('; ')}`;
}

/** Names for costs and operators. Nothing local reads them. */
export const tags = { Tags: 'labels for cost reports and people' } as const;
