import { arn } from './names.ts';
import type { ResourceFactories } from './resource-type.ts';

const region = 'us-east-1';

/** The calls of each factory. */
export interface FactoryCalls {
  readonly ensureTable: Parameters<ResourceFactories['dynamodb']['ensureTable']>[0][];
  readonly ensureQueue: Parameters<ResourceFactories['sqs']['ensureQueue']>[0][];
  readonly ensureFunction: Parameters<ResourceFactories['runner']['ensureFunction']>[0][];
  readonly ensureEventBus: Parameters<ResourceFactories['eventBridge']['ensureEventBus']>[0][];
  readonly ensureAlias: Parameters<ResourceFactories['kms']['ensureAlias']>[0][];
  readonly ensureRule: Parameters<ResourceFactories['eventBridge']['ensureRule']>[0][];
}

/** For tests of the translation alone: factories that only record their calls. A secret named `refused` is refused. */
export function fakeFactories(): { calls: FactoryCalls; factories: ResourceFactories } {
  const calls: FactoryCalls = {
    ensureTable: [],
    ensureQueue: [],
    ensureFunction: [],
    ensureEventBus: [],
    ensureRule: [],
    ensureAlias: [],
  };
  const factories: ResourceFactories = {
    dynamodb: {
      ensureTable(spec) {
        calls.ensureTable.push(spec);
        const tableArn = arn('dynamodb', region, `table/${spec.TableName}`);
        return {
          tableName: spec.TableName,
          tableArn,
          ...(spec.StreamSpecification && { streamArn: `${tableArn}/stream/1` }),
        };
      },
    },
    sqs: {
      ensureQueue(spec) {
        calls.ensureQueue.push(spec);
        return { queueUrl: `http://127.0.0.1/0/${spec.name}`, queueArn: arn('sqs', region, spec.name) };
      },
    },
    s3: {
      ensureBucket: ({ name }) => ({ arn: `arn:aws:s3:::${name}` }),
      list: () => [],
      async change() {},
    },
    kms: {
      ensureKey: ({ logicalName }) => ({ keyId: logicalName, arn: arn('kms', region, `key/${logicalName}`) }),
      ensureAlias(spec) {
        calls.ensureAlias.push(spec);
        return { arn: arn('kms', region, spec.aliasName) };
      },
    },
    secretsManager: {
      ensureSecret({ name }) {
        if (name === 'refused') throw new Error('refused');
        return { arn: arn('secretsmanager', region, `secret:${name}`), created: true };
      },
    },
    scheduler: { ensureScheduleGroup: ({ name }) => ({ arn: arn('scheduler', region, `schedule-group/${name}`) }) },
    eventBridge: {
      ensureEventBus(spec) {
        calls.ensureEventBus.push(spec);
        return { arn: arn('events', region, `event-bus/${spec.name}`) };
      },
      ensureRule(spec) {
        calls.ensureRule.push(spec);
        return { arn: arn('events', region, `rule/${spec.name}`) };
      },
    },
    runner: {
      ensureFunction(spec) {
        calls.ensureFunction.push(spec);
      },
    },
  };
  return { calls, factories };
}
