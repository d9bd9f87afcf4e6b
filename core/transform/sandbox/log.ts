import { clip } from '../clip.ts';
import type { TransformLog } from '../transform.ts';

const levels: readonly TransformLog['level'][] = ['log', 'info', 'warn', 'error', 'debug'];

/** The lines that a program wrote; the harness limits their number. */
export class SandboxLog {
  readonly lines: TransformLog[] = [];

  add(level: string, message: string): void {
    this.lines.push({ level: levels.find((known) => known === level) ?? 'log', message: clip(message) });
  }
}
