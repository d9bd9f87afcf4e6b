import { isObject } from '../is-object.ts';
import { ConditionReader } from './condition-reader.ts';
import { type FieldRoot, type FilterNode, fieldRoots } from './filter-node.ts';
import { MAX_GROUP_DEPTH, MAX_LIST_LENGTH, MAX_PATH_LENGTH } from './limits.ts';
import { type Place, Problems } from './problems.ts';

const known: readonly string[] = [...fieldRoots, '$and', '$or', '$not'];

/** Reads a filter and collects all its problems. Recursion is bounded: anything nested deeper is reported and not read. */
export class FilterReader {
  readonly problems = new Problems();
  readonly #conditions: ConditionReader;

  /** @param isNew whether the filter is about to be set; conditions that can never hold are then refused */
  constructor({ isNew }: { readonly isNew: boolean }) {
    this.#conditions = new ConditionReader(this.problems, isNew);
  }

  read(given: unknown): FilterNode {
    return this.#group(given, [], 0);
  }

  #group(given: unknown, place: Place, depth: number): FilterNode {
    if (!isObject(given)) return this.problems.add(place, 'must be an object');
    if (depth > MAX_GROUP_DEPTH) return this.problems.add(place, `must not be nested deeper than ${MAX_GROUP_DEPTH}`);
    const names = Object.keys(given);
    if (names.length === 0) return this.problems.add(place, 'must have a condition');
    for (const name of names) {
      if (!known.includes(name)) this.problems.add([...place, name], `must be one of ${known.join(', ')}`);
    }
    const nodes = known.flatMap((name) =>
      Object.hasOwn(given, name) ? [this.#part(name, given[name], [...place, name], depth)] : [],
    );
    return { kind: 'all', nodes };
  }

  #part(name: string, given: unknown, place: Place, depth: number): FilterNode {
    switch (name) {
      case '$and':
        return { kind: 'all', nodes: this.#groups(given, place, depth) };
      case '$or':
        return { kind: 'any', nodes: this.#groups(given, place, depth) };
      case '$not':
        return { kind: 'not', node: this.#group(given, place, depth + 1) };
      case 'headers':
      case 'query':
        return this.#named(name, given, place);
      case 'body':
        return this.#body(given, [], place);
      default:
        return this.#conditions.read(given, { root: name as FieldRoot, names: [] }, place);
    }
  }

  #groups(given: unknown, place: Place, depth: number): FilterNode[] {
    if (!Array.isArray(given) || given.length === 0 || given.length > MAX_LIST_LENGTH) {
      return [this.problems.add(place, `must be a list of 1 to ${MAX_LIST_LENGTH} filters`)];
    }
    return given.map((one, index) => this.#group(one, [...place, index], depth + 1));
  }

  /** Headers or query parameters: conditions by name. */
  #named(root: 'headers' | 'query', given: unknown, place: Place): FilterNode {
    if (!isObject(given) || Object.keys(given).length === 0)
      return this.problems.add(place, 'must be an object of conditions by name');
    const nodes = Object.entries(given).map(([name, condition]) => {
      const here = [...place, name];
      if (name.startsWith('$'))
        return this.problems.add(
          here,
          `is an operator: it must stand below a name, such as { "name": { "${name}": … } }`,
        );
      return this.#conditions.read(condition, { root, names: [root === 'headers' ? name.toLowerCase() : name] }, here);
    });
    return { kind: 'all', nodes };
  }

  /** A field of the body: a condition on it, or fields below it. */
  #body(given: unknown, names: readonly string[], place: Place): FilterNode {
    if (names.length > MAX_PATH_LENGTH)
      return this.problems.add(place, `must be at most ${MAX_PATH_LENGTH} names deep`);
    const isCondition = !isObject(given) || Object.keys(given).some((name) => name.startsWith('$'));
    if (isCondition) return this.#conditions.read(given, { root: 'body', names }, place);
    const fields = Object.entries(given);
    if (fields.length === 0) return this.problems.add(place, 'must have a condition');
    const nodes = fields.map(([name, below]) => this.#body(below, [...names, ...namesOf(name)], [...place, name]));
    return { kind: 'all', nodes };
  }
}

/** `customer.id` names a field within a field; a dot or dollar sign that is part of a name is escaped with a backslash. */
function namesOf(name: string): string[] {
  return name.split(/(?<!\\)\./).map((part) => part.replace(/\\([.$])/g, '$1'));
}
