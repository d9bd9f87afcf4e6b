import { clip } from './clip.ts';
import { MAX_LOGS } from './limits.ts';
import type { TransformLog } from './transform.ts';

const levels: readonly TransformLog['level'][] = ['log', 'info', 'warn', 'error', 'debug'];

/** The lines that a program has written, the first ones. */
export class SandboxLog {
  readonly lines: TransformLog[] = [];

  add(level: string, message: string): void {
    if (this.lines.length < MAX_LOGS) {
      this.lines.push({ level: levels.find((known) => known === level) ?? 'log', message: clip(message) });
    } else if (this.lines.length === MAX_LOGS) {
      this.lines.push({ level: 'warn', message: `only the first ${MAX_LOGS} lines are kept` });
    }
  }
}
