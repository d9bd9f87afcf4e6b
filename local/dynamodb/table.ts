import { type AttributeMap, type AttributeValue, attributeOf, type Item, typeOf } from './attribute-value.ts';
import { invalidParameters, validationError } from './errors.ts';
import { checkItemKey, type KeyAttribute, type KeySchema, keyAttributes, keyBytes } from './key-schema.ts';
import { MAX_PARTITION_KEY_BYTES, MAX_SORT_KEY_BYTES } from './limits.ts';
import type { IndexSpec, TableSpec } from './table-spec.ts';
import { keySchemaOf } from './table-spec.ts';

export type StreamViewType = 'KEYS_ONLY' | 'NEW_IMAGE' | 'OLD_IMAGE' | 'NEW_AND_OLD_IMAGES';

/** The stream of a table as it is stored. */
export interface StreamIdentity {
  readonly id: number;
  readonly arn: string;
  readonly label: string;
  readonly viewType: StreamViewType;
}

/** The state of a table besides its specification. */
export interface TableIdentity {
  readonly id: number;
  readonly arn: string;
  readonly uuid: string;
  readonly createdMs: number;
  readonly indexIds: ReadonlyMap<string, number>;
  readonly stream: StreamIdentity | undefined;
}

/** A table as the operations see it. */
export class Table {
  readonly name: string;
  readonly id: number;
  readonly arn: string;
  readonly uuid: string;
  readonly createdMs: number;
  readonly spec: TableSpec;
  readonly key: KeySchema;
  readonly indexes: readonly Index[];
  readonly stream: StreamIdentity | undefined;
  /** Items are removed some time after the second that this numeric attribute holds. */
  readonly timeToLiveAttribute: string | undefined;

  constructor(spec: TableSpec, identity: TableIdentity) {
    this.name = spec.TableName;
    this.id = identity.id;
    this.arn = identity.arn;
    this.uuid = identity.uuid;
    this.createdMs = identity.createdMs;
    this.spec = spec;
    this.key = keySchemaOf(spec, spec.KeySchema);
    this.stream = identity.stream;
    this.timeToLiveAttribute = spec.TimeToLiveAttribute;
    this.indexes = (spec.GlobalSecondaryIndexes ?? []).map(
      (index) => new Index(index, keySchemaOf(spec, index.KeySchema), this.key, identity.indexIds.get(index.IndexName)),
    );
  }

  /** @throws ValidationException if the table has no such index. */
  index(name: string): Index {
    const index = this.indexes.find((candidate) => candidate.name === name);
    if (!index) throw validationError(`The table does not have the specified index: ${name}`);
    return index;
  }

  /** Checks that an item may be stored: its key, and its values under the keys of the indexes. */
  checkItem(item: Item): void {
    checkItemKey(this.key, item);
    this.checkIndexKeys(item);
  }

  /** @param emptyMessage the message for an empty value that didn't come with the item itself. */
  checkIndexKeys(item: Item, emptyMessage?: string): void {
    for (const index of this.indexes) index.checkKeyAttributes(item, emptyMessage);
  }

  /** The second after which the item has expired, for the sweep; `null` if it never expires. */
  expirySecond(item: Item): number | null {
    if (this.timeToLiveAttribute === undefined) return null;
    const value = attributeOf(item, this.timeToLiveAttribute);
    return value && 'N' in value ? Math.trunc(Number(value.N)) : null;
  }
}

/** A global secondary index. */
export class Index {
  readonly id: number;
  readonly name: string;
  readonly key: KeySchema;
  readonly spec: IndexSpec;
  /** The attributes that the index holds, or `undefined` if it holds all. */
  readonly projected: ReadonlySet<string> | undefined;

  constructor(spec: IndexSpec, key: KeySchema, tableKey: KeySchema, id: number | undefined) {
    if (id === undefined) throw new Error(`the index ${spec.IndexName} has no id`);
    this.id = id;
    this.name = spec.IndexName;
    this.key = key;
    this.spec = spec;
    this.projected =
      spec.Projection.ProjectionType === 'ALL'
        ? undefined
        : new Set([
            ...keyAttributes(tableKey).map(({ name }) => name),
            ...keyAttributes(key).map(({ name }) => name),
            ...(spec.Projection.NonKeyAttributes ?? []),
          ]);
  }

  /** An item is in the index if it has all attributes of the index's key. */
  holds(item: Item): boolean {
    return keyAttributes(this.key).every(({ name }) => attributeOf(item, name) !== undefined);
  }

  project(item: Item): Item {
    if (!this.projected) return item;
    const projected: Record<string, AttributeValue> = {};
    for (const name of this.projected) {
      const value = attributeOf(item, name);
      if (value) projected[name] = value;
    }
    return projected;
  }

  checkKeyAttributes(item: AttributeMap, emptyMessage?: string): void {
    for (const attribute of keyAttributes(this.key)) {
      const value = attributeOf(item, attribute.name);
      if (value) this.#checkKeyAttribute(attribute, value, emptyMessage);
    }
  }

  #checkKeyAttribute(attribute: KeyAttribute, value: AttributeValue, emptyMessage: string | undefined): void {
    if (!(attribute.type in value)) {
      throw invalidParameters(
        `Type mismatch for Index Key ${attribute.name} Expected: ${attribute.type} Actual: ${typeOf(value)} ` +
          `IndexName: ${this.name}`,
      );
    }
    const bytes = keyBytes(value);
    if (bytes === 0) {
      throw validationError(
        emptyMessage ??
          'One or more parameter values are not valid. A value specified for a secondary index key is not supported. ' +
            `The AttributeValue for a key attribute cannot contain an empty ${attribute.type === 'S' ? 'string' : 'binary'} ` +
            `value. IndexName: ${this.name}, IndexKey: ${attribute.name}`,
      );
    }
    const limit = attribute === this.key.partition ? MAX_PARTITION_KEY_BYTES : MAX_SORT_KEY_BYTES;
    if (bytes > limit) {
      throw invalidParameters(
        attribute === this.key.partition
          ? `Size of hashkey has exceeded the maximum size limit of${limit} bytes`
          : `Aggregated size of all range keys has exceeded the size limit of ${limit} bytes`,
      );
    }
  }
}
