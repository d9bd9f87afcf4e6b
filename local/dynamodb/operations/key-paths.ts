import { validationError } from '../errors.ts';
import { pathsIn } from '../expressions/condition.ts';
import type { BoundExpressions } from '../expressions/expressions.ts';
import type { DocumentPath } from '../expressions/path.ts';
import { keyAttributes } from '../key-schema.ts';
import type { Table } from '../table.ts';

/** Key attributes are scalars. A path into one is a mistake that would never match. @throws ValidationException */
export function checkKeyPaths(table: Table, expressions: BoundExpressions): void {
  for (const path of nestedPaths(expressions)) {
    const name = path[0];
    if (keyAttributes(table.key).some((attribute) => attribute.name === name)) throw notScalar('Key', name);
    if (table.indexes.some((index) => keyAttributes(index.key).some((attribute) => attribute.name === name))) {
      throw notScalar('IndexKey', name);
    }
  }
}

function* nestedPaths(expressions: BoundExpressions): Generator<DocumentPath> {
  for (const condition of [expressions.condition, expressions.filter]) {
    if (!condition) continue;
    for (const path of pathsIn(condition)) if (path.length > 1) yield path;
  }
  for (const { path } of expressions.update ?? []) if (path.length > 1) yield path;
  for (const path of expressions.projection ?? []) if (path.length > 1) yield path;
}

function notScalar(kind: string, name: string): Error {
  return validationError(
    `Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: ${kind}: ${name}`,
  );
}
