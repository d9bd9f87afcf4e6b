import * as z from 'zod';
import { formatInteger } from '../format-integer.ts';
import { type FieldRoot, type FilterNode, fieldRoots, rootsOf } from './filter-node.ts';
import { FilterReader } from './filter-reader.ts';
import { type FilteredRequest, FilterFailure } from './filtered-request.ts';
import { MAX_FILTER_BYTES } from './limits.ts';
import { costOf } from './operators.ts';
import type { FilterProblem } from './problems.ts';
import { Steps } from './steps.ts';

/** Selects the events that go over a connection, exactly as its owner wrote it. docs/filters.md describes the language. */
export type Filter = Readonly<Record<string, unknown>>;

/** The result of evaluating a filter on an event. */
export type FilterVerdict =
  | { readonly kind: 'matches' }
  | { readonly kind: 'differs' }
  /** It can't be evaluated for this event. */
  | { readonly kind: 'failed'; readonly message: string };

/** A filter that is ready to evaluate. */
export class CompiledFilter {
  readonly #root: FilterNode;
  /** The parts of a request that it reads. */
  readonly roots: ReadonlySet<FieldRoot>;

  constructor(root: FilterNode) {
    this.#root = root;
    this.roots = rootsOf(root);
  }

  verdict(request: FilteredRequest, steps = new Steps()): FilterVerdict {
    try {
      return { kind: holds(this.#root, request, steps) ? 'matches' : 'differs' };
    } catch (error) {
      if (!(error instanceof FilterFailure)) throw error;
      return { kind: 'failed', message: error.message };
    }
  }
}

/** Evaluates in order and stops early, so a part that is not reached can't make the filter fail. */
function holds(node: FilterNode, request: FilteredRequest, steps: Steps): boolean {
  switch (node.kind) {
    case 'all':
      return node.nodes.every((one) => holds(one, request, steps));
    case 'any':
      return node.nodes.some((one) => holds(one, request, steps));
    case 'not':
      return !holds(node.node, request, steps);
    case 'condition': {
      const values = request.valuesOf(node.field, steps);
      steps.take(1);
      for (const value of values ?? []) steps.take(costOf(node.operation, value));
      return node.test(values);
    }
  }
}

/** The problems of a filter that is about to be set; empty if it can be compiled. */
export function problemsOf(given: unknown): readonly FilterProblem[] {
  const reader = new FilterReader({ isNew: true });
  reader.read(given);
  const { list } = reader.problems;
  if (list.length > 0) return list;
  // Checked last: a filter that is nested too deeply can't be stringified either.
  const bytes = Buffer.byteLength(JSON.stringify(given));
  return bytes <= MAX_FILTER_BYTES
    ? []
    : [{ path: [], message: `must have at most ${formatInteger(MAX_FILTER_BYTES)} bytes as JSON` }];
}

/** @throws FilterFailure if the filter has problems */
export function compileFilter(filter: Filter): CompiledFilter {
  const reader = new FilterReader({ isNew: false });
  const root = reader.read(filter);
  const [problem] = reader.problems.list;
  if (problem) throw new FilterFailure(`filter.${problem.path.join('.')} ${problem.message}`);
  return new CompiledFilter(root);
}

/** Stored exactly as given, including key order: zod's own objects would silently lose a `__proto__`. */
export const filterField = z
  .custom<Filter>()
  .superRefine((given, context) => {
    for (const { path, message } of problemsOf(given)) context.addIssue({ code: 'custom', path: [...path], message });
  })
  .meta({
    id: 'Filter',
    description: `Which events go over the connection: conditions on ${fieldRoots.join(', ')}, as in [filters](filters.md).`,
    jsonSchema: { type: 'object', additionalProperties: true },
    examples: [{ event_type: 'push', body: { ref: 'refs/heads/main' } }],
  });
