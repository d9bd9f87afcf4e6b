/** What leaving out each field of a result means. Kept free of zod, which the sandbox's thread would load for nothing. */
const LEFT_OUT = {
  method: "to send the webhook's own",
  path: 'to append nothing',
  query: 'to append nothing',
  headers: "to send the webhook's own",
  body: "to send the webhook's own",
  body_encoding: 'for utf8',
} as const;
export type ResultField = keyof typeof LEFT_OUT;

/** For a field whose value JSON would silently omit. @param type of the value, by `typeof` */
export function omittedFieldProblem(name: string, type: string): string {
  if (!isResultField(name)) return unknownFieldProblem(name);
  return `${name} is ${type === 'undefined' ? '' : 'a '}${type}; leave it out ${LEFT_OUT[name]}`;
}

export function unknownFieldProblem(name: string): string {
  return `${name} is not a field of a result; the fields are ${Object.keys(LEFT_OUT).join(', ')}`;
}

function isResultField(name: string): name is ResultField {
  return Object.hasOwn(LEFT_OUT, name);
}
