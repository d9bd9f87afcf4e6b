import * as z from 'zod';
import { headerNameField } from '../fields/headers-field.ts';
import { formatInteger } from '../format-integer.ts';
import { MAX_LINE_CONCURRENCY, type Ordering, type RatePeriod, ratePeriods } from './pace.ts';

/** What one function instance, which processes a line alone, can do: 64 attempts at a time of about 100 ms each. */
const MAX_LIMIT: Record<RatePeriod, number> = { second: 500, minute: 30_000, hour: 1_800_000 };
const MAX_PATH_LENGTH = 256;

export const rateLimitField = z
  .strictObject({ limit: z.int().min(1), period: z.enum(ratePeriods) })
  .superRefine(({ limit, period }, context) => {
    const max = MAX_LIMIT[period];
    if (limit > max) {
      context.addIssue({
        code: 'custom',
        path: ['limit'],
        message: `must be at most ${formatInteger(max)} in a ${period}`,
      });
    }
  })
  .meta({
    description:
      'Deliveries in a `second`, `minute` or `hour`, evenly spaced: at most 500 in a second, 30,000 in a minute, 1,800,000 in an hour.',
    examples: [{ limit: 10, period: 'second' }],
  });

const pathField = z
  .string()
  .max(MAX_PATH_LENGTH)
  .regex(/^[^.]+(\.[^.]+)*$/, 'must be names separated by dots, such as customer.id or items.0.sku')
  .refine((path) => path.isWellFormed(), 'must be well-formed Unicode')
  .meta({ examples: ['customer.id'] });

const orderingKeyField = z
  .union(
    [
      z.strictObject({ header: headerNameField.meta({ examples: ['X-Account-Id'] }) }),
      z.strictObject({ body: pathField }),
    ],
    {
      error: 'must be an object of either header or body',
    },
  )
  .meta({ examples: [{ header: 'X-Account-Id' }] });

/** The form of requests, responses and rows. */
export const orderingField = z
  .union([z.enum(['none', 'fifo']), z.strictObject({ fifo_by: orderingKeyField })], {
    error: 'must be none, fifo, or an object of fifo_by',
  })
  .meta({
    description:
      '`fifo`: one at a time, in the order of arrival, through failures and retries. `fifo_by`: so among the events that have the same value in a `header`, or at a path of their JSON `body`.',
    examples: ['none'],
  });

export const maxConcurrencyField = z
  .int()
  .min(1)
  .max(MAX_LINE_CONCURRENCY)
  .meta({
    description: 'Maximum number of attempts under way at the same time.',
    examples: [4],
  });

export function orderingOf(given: z.output<typeof orderingField>): Ordering {
  return typeof given === 'string' ? given : { fifoBy: given.fifo_by };
}

/** The inverse of `orderingOf`. */
export function toOrderingField(ordering: Ordering): z.input<typeof orderingField> {
  return typeof ordering === 'string' ? ordering : { fifo_by: ordering.fifoBy };
}
