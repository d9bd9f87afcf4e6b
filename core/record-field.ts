import * as z from 'zod';

const NOT_A_NAME = '__proto__';

/**
 * An object with names that are the caller's. zod's record leaves `__proto__` out without a word, as an assignment of it would
 * set a prototype: here it is refused, so that nothing is dropped of what was accepted.
 */
export function recordField<Value extends z.ZodType>(value: Value) {
  return z.preprocess(
    (given: Record<string, z.input<Value>>, context) => {
      if (typeof given === 'object' && given !== null && Object.hasOwn(given, NOT_A_NAME)) {
        context.addIssue({ code: 'custom', path: [NOT_A_NAME], message: 'is not a name that can be kept' });
      }
      return given;
    },
    z.record(z.string(), value),
  );
}
