import type { Command } from 'commander';
import { usageFailure } from '../failure.ts';
import { parseTime } from '../parse-time.ts';

/** The options of lists of the past. */
export function withTimes(command: Command): Command {
  return command
    .option(
      '--since <time>',
      'from this time on (ISO 8601, in UTC without an offset), or how long ago: 15m, 2h, 7d',
      parseTime,
    )
    .option('--until <time>', 'before this time, or how long ago', parseTime)
    .hook('preAction', (_, action) => {
      const { since, until } = action.opts<{ since?: string; until?: string }>();
      if (since === undefined || until === undefined || Date.parse(until) >= Date.parse(since)) return;
      throw usageFailure('--until is before --since', 'the earlier time goes to --since: --since 2h --until 1h');
    });
}
