import { clean, Output } from './output.ts';

/** A note beside the result, on stderr. For programs it is one line of JSON. */
export function printNote(out: Output, message: string): void {
  if (out.json) new Output(true, process.stderr).documentLine({ type: 'note', message });
  else out.note(clean(message));
}
