import type { OpenApiDocument, Reference } from './types.ts';

/** What a reference points to, or the value itself if it is no reference. @throws Error when there is nothing */
export function resolve<T extends object>(document: OpenApiDocument, value: T | Reference): Exclude<T, Reference> {
  const { $ref } = value as Partial<Reference>;
  if ($ref === undefined) return value as Exclude<T, Reference>;
  const found = $ref
    .split('/')
    .slice(1)
    .reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], document);
  if (found === undefined) throw new Error(`the document has nothing at ${$ref}`);
  return found as Exclude<T, Reference>;
}
