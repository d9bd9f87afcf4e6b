import type { Command } from 'commander';
import { moment } from '../command.ts';

/** What lists of the past take. */
export function withTimes(command: Command): Command {
  return command
    .option('--since <time>', 'from this time on, or so long ago: 15m, 2h, 7d', moment)
    .option('--until <time>', 'before this time, or so long ago', moment);
}
