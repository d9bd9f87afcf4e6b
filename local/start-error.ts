/** What stops the start and is the user's to change. The message says all; a stack trace would bury it. */
export class StartError extends Error {
  override readonly name: string = 'StartError';
}
