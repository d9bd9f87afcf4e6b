/** A problem at the start that the user can fix. The message is complete; a stack trace would bury it. */
export class StartError extends Error {
  override readonly name: string = 'StartError';
}
