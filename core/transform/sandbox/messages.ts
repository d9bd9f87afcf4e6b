import type { TransformCode, TransformEvent, TransformLog } from '../transform.ts';

export interface SandboxInput {
  readonly event: TransformEvent;
  readonly variables: Readonly<Record<string, string>>;
}

/** A message to the sandbox's thread. Without input, the program is only checked. */
export interface SandboxRequest {
  readonly code: TransformCode;
  readonly input: SandboxInput | undefined;
}

export interface SandboxFailure {
  readonly kind: 'failed';
  readonly message: string;
  readonly line: number | undefined;
}

/** The thread's answer. `json` is what the program returned; `isTextJson` means that its `body` was an object that stringifies to a string. */
export type SandboxAnswer = { readonly logs: readonly TransformLog[] } & (
  | { readonly kind: 'returned'; readonly json: string; readonly isTextJson?: true }
  | { readonly kind: 'defined' }
  | SandboxFailure
);
