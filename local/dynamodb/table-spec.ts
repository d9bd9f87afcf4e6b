import type { ScalarType } from './attribute-value.ts';
import type { KeyAttribute, KeySchema } from './key-schema.ts';
import { MAX_GLOBAL_SECONDARY_INDEXES } from './limits.ts';
import type { StreamViewType } from './table.ts';

export interface KeyElement {
  readonly AttributeName: string;
  readonly KeyType: 'HASH' | 'RANGE';
}

interface AttributeDefinition {
  readonly AttributeName: string;
  readonly AttributeType: ScalarType;
}

export interface IndexSpec {
  readonly IndexName: string;
  readonly KeySchema: readonly KeyElement[];
  readonly Projection: {
    readonly ProjectionType: 'ALL' | 'KEYS_ONLY' | 'INCLUDE';
    readonly NonKeyAttributes?: readonly string[] | undefined;
  };
}

/** A table to create, in the terms of CreateTable. Billing is always on demand. */
export interface TableSpec {
  readonly TableName: string;
  readonly AttributeDefinitions: readonly AttributeDefinition[];
  readonly KeySchema: readonly KeyElement[];
  readonly GlobalSecondaryIndexes?: readonly IndexSpec[] | undefined;
  readonly StreamSpecification?:
    | { readonly StreamViewType: StreamViewType; readonly StreamEnabled?: true | undefined }
    | undefined;
  /** The attribute that UpdateTimeToLive would enable. */
  readonly TimeToLiveAttribute?: string | undefined;
}

const TABLE_NAME = /^[a-zA-Z0-9_.-]{3,255}$/;

/** @throws Error that says what is wrong. It is not an AwsError, because a mistake in a template must end the start. */
export function checkTableSpec(spec: TableSpec): void {
  if (!TABLE_NAME.test(spec.TableName)) throw new Error(`${spec.TableName} is no valid table name`);
  keySchemaOf(spec, spec.KeySchema);
  const indexes = spec.GlobalSecondaryIndexes ?? [];
  if (indexes.length > MAX_GLOBAL_SECONDARY_INDEXES) {
    throw new Error(`${spec.TableName} has more than ${MAX_GLOBAL_SECONDARY_INDEXES} global secondary indexes`);
  }
  for (const index of indexes) keySchemaOf(spec, index.KeySchema);
  if (new Set(indexes.map((index) => index.IndexName)).size < indexes.length) {
    throw new Error(`${spec.TableName} has two indexes of the same name`);
  }
}

export function keySchemaOf(spec: TableSpec, elements: readonly KeyElement[]): KeySchema {
  const [partition, sort, ...more] = elements;
  if (partition?.KeyType !== 'HASH' || (sort && sort.KeyType !== 'RANGE') || more.length > 0) {
    throw new Error(`${spec.TableName}: a key schema is one HASH attribute and at most one RANGE attribute`);
  }
  return sort
    ? { partition: keyAttribute(spec, partition), sort: keyAttribute(spec, sort) }
    : { partition: keyAttribute(spec, partition) };
}

function keyAttribute(spec: TableSpec, element: KeyElement): KeyAttribute {
  const definition = spec.AttributeDefinitions.find(({ AttributeName }) => AttributeName === element.AttributeName);
  if (!definition) throw new Error(`${spec.TableName}: the key attribute ${element.AttributeName} is not defined`);
  return { name: definition.AttributeName, type: definition.AttributeType };
}
