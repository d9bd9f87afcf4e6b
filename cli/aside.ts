import { clean, Output } from './output.ts';

/** A word beside the result, to stderr: for programs JSON on a line. */
export function aside(out: Output, message: string): void {
  if (out.json) new Output(true, process.stderr).documentLine({ type: 'note', message });
  else out.note(clean(message));
}
