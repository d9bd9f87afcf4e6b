/** Something stopped the start that the user can change. The message says everything; a stack trace would bury it. */
export class StartError extends Error {
  override readonly name: string = 'StartError';
}
