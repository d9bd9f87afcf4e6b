import type { TransformCode, TransformEvent, TransformLog } from '../transform.ts';

export interface SandboxInput {
  readonly event: TransformEvent;
  readonly variables: Readonly<Record<string, string>>;
}

/** What is said to the sandbox's thread. Without input, the program is only looked at. */
export interface SandboxRequest {
  readonly code: TransformCode;
  readonly input: SandboxInput | undefined;
}

export interface SandboxFailure {
  readonly kind: 'failed';
  readonly message: string;
  readonly line: number | undefined;
}

/** What it answers: `json` is what the program returned; with `isTextJson` its `body` is a text that JSON has made of something else. */
export type SandboxAnswer = { readonly logs: readonly TransformLog[] } & (
  | { readonly kind: 'returned'; readonly json: string; readonly isTextJson?: true }
  | { readonly kind: 'defined' }
  | SandboxFailure
);
