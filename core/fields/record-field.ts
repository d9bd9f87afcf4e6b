import * as z from 'zod';

const NOT_A_NAME = '__proto__';

/**
 * An object whose names the caller chooses. zod's record silently drops `__proto__`, because assigning it would set a
 * prototype. Here it is refused, so nothing that was accepted is dropped.
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
