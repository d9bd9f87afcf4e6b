import * as z from 'zod';
import { DEFAULT_RETRY_POLICY } from './retry-policy.ts';

/** The intervals of a retry policy in requests: a list, the name of a preset, or an object that a list is built from. */

export type Intervals = readonly [number, ...number[]];

const MAX_INTERVALS = 10;
/** A week. */
const MAX_INTERVAL_SECONDS = 604_800;
const MAX_MULTIPLIER = 100;

const presets = {
  default: DEFAULT_RETRY_POLICY.intervalsSeconds,
  fast: [5, 25, 120, 600],
} as const satisfies Record<string, Intervals>;
const presetNames = ['default', 'fast'] as const;

interface Growth {
  readonly initialDelayMs: number;
  readonly maxDelayMs: number;
  readonly multiplier: number;
}

/** Delays that grow by a factor up to a maximum, in whole seconds, the precision of SQS and Scheduler. */
export function growingIntervals({ initialDelayMs, maxDelayMs, multiplier }: Growth): Intervals {
  const secondsOf = (delayMs: number) => Math.ceil(Math.min(delayMs, maxDelayMs) / 1000);
  const intervals: [number, ...number[]] = [secondsOf(initialDelayMs)];
  for (let delayMs = initialDelayMs; intervals.length < MAX_INTERVALS && delayMs < maxDelayMs && multiplier > 1; ) {
    delayMs *= multiplier;
    intervals.push(secondsOf(delayMs));
  }
  return intervals;
}

const delayField = z
  .int()
  .min(1)
  .max(MAX_INTERVAL_SECONDS * 1000);

const growth = z
  .strictObject({
    initial_delay_ms: delayField.meta({ description: 'The first delay; rounded up to whole seconds, as all are.' }),
    max_delay_ms: delayField.meta({ description: 'The longest delay.' }),
    multiplier: z.number().min(1).max(MAX_MULTIPLIER).meta({ description: 'Factor by which each delay grows.' }),
  })
  .refine(({ initial_delay_ms, max_delay_ms }) => initial_delay_ms <= max_delay_ms, {
    path: ['max_delay_ms'],
    message: 'must not be less than initial_delay_ms',
  })
  .transform((given) =>
    growingIntervals({
      initialDelayMs: given.initial_delay_ms,
      maxDelayMs: given.max_delay_ms,
      multiplier: given.multiplier,
    }),
  );

const intervalField = z.int().min(1).max(MAX_INTERVAL_SECONDS);

const count = `must have 1 to ${MAX_INTERVALS} intervals`;

const list = z
  .array(intervalField)
  .min(1, count)
  .max(MAX_INTERVALS, count)
  // The check above ensures at least one.
  .transform((intervals) => intervals as [number, ...number[]]);

export const retryIntervalsField = z
  .union([list, z.enum(presetNames).transform((name): Intervals => presets[name]), growth], {
    error: `must be a list of seconds, one of ${presetNames.join(', ')}, or an object of initial_delay_ms, max_delay_ms and multiplier`,
  })
  .meta({
    description:
      'Seconds until the next attempt, ±10 %: a list, the name of one, or what one is built from. Answers show the list.',
    examples: [[5, 25, 120, 600]],
  });
