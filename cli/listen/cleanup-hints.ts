import { Failure } from '../failure.ts';

/** The hint if it is unknown whether the destination was created. */
export const MAY_STILL_EXIST = 'Its destination may be there: hawser destinations list --type websocket';

export function howToDelete(destinationId: string): string {
  return `its destination is still there: hawser destinations delete ${destinationId} --yes`;
}

/** A failure that also says what is left behind. */
export function withHint(error: unknown, hint: string): unknown {
  if (!(error instanceof Failure)) return error;
  return new Failure(error.exitCode, error.message, { ...error.details, hint });
}
