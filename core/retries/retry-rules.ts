import * as z from 'zod';

/** Which failures are tried again: a status code (`429`), a whole class (`5xx`), or `error` if there was no answer. */
export type RetryRule = string & { readonly __retryRule: true };

const RULE = /^([1-5](\d\d|xx)|error)$/;
/** Everything else is a failure, even 101 from a receiver that wants another protocol. */
const SUCCESS = /^2(\d\d|xx)$/;
const MAX_RULES = 20;

const description =
  'Failures that are tried again: status codes (`429`), classes of them (`5xx`), and `error` for attempts without an answer. Every other failure makes a dead letter at once. `null`: all are tried again.';
const examples = [['408', '429', '5xx', 'error']];

/** The form in rows. */
export const retryOnField = z
  .array(
    z
      .string()
      .regex(RULE, 'must be a status code such as 429, a class of them such as 5xx, or error')
      .transform((rule) => rule as RetryRule),
  )
  .min(1)
  .max(MAX_RULES)
  .meta({ description, examples });

/** The form in requests. Rows may also have rules for successes, which used to be accepted and had no effect. */
export const newRetryOnField = retryOnField
  .superRefine((rules, context) => {
    for (const [index, rule] of rules.entries()) {
      if (!SUCCESS.test(rule)) continue;
      context.addIssue({
        code: 'custom',
        path: [index],
        message: 'is not a failure status: every 2xx counts as success',
      });
    }
  })
  .meta({ description, examples });

/** @param statusCode of the failed attempt; `undefined` when there was no answer */
export function isRetried(rules: readonly RetryRule[] | null, statusCode: number | undefined): boolean {
  if (rules === null) return true;
  const matches = statusCode === undefined ? ['error'] : [String(statusCode), `${Math.floor(statusCode / 100)}xx`];
  return rules.some((rule) => matches.includes(rule));
}
