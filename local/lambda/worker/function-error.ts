import type { FunctionErrorMessage } from '../worker-messages.ts';

/** How Lambda's Node runtime describes what a handler threw. */
export function describeError(thrown: unknown): FunctionErrorMessage {
  if (thrown instanceof Error) {
    return { errorType: thrown.name, errorMessage: thrown.message, stack: (thrown.stack ?? '').split('\n') };
  }
  return { errorType: typeof thrown, errorMessage: String(thrown), stack: [] };
}

/** A rejection that nobody handled, under the name that Lambda's Node runtime gives it. */
export function describeRejection(reason: unknown): FunctionErrorMessage {
  const stack = reason instanceof Error ? (reason.stack ?? '').split('\n') : [];
  return { errorType: 'Runtime.UnhandledPromiseRejection', errorMessage: String(reason), stack };
}

/** How a bundle that can't be imported is reported. */
export function describeImportError(thrown: unknown): FunctionErrorMessage {
  const described = describeError(thrown);
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
  if (code === 'ERR_MODULE_NOT_FOUND') return { ...described, errorType: 'Runtime.ImportModuleError' };
  if (thrown instanceof SyntaxError) return { ...described, errorType: 'Runtime.UserCodeSyntaxError' };
  return described;
}
