/** What it means to leave out a field of a result. Without zod, which the sandbox's own thread would load for nothing. */
const LEFT_OUT = {
  method: "to send the webhook's own",
  path: 'to append nothing',
  query: 'to append nothing',
  headers: "to send the webhook's own",
  body: "to send the webhook's own",
  body_encoding: 'for utf8',
} as const;
export type ResultField = keyof typeof LEFT_OUT;

/** For a name that JSON would leave out, as if the program had. @param type of its value, as `typeof` has it */
export function withoutJsonProblem(name: string, type: string): string {
  if (!isResultField(name)) return noFieldProblem(name);
  return `${name} is ${type === 'undefined' ? '' : 'a '}${type}; leave it out ${LEFT_OUT[name]}`;
}

export function noFieldProblem(name: string): string {
  return `${name} is no field of a result; there are ${Object.keys(LEFT_OUT).join(', ')}`;
}

function isResultField(name: string): name is ResultField {
  return Object.hasOwn(LEFT_OUT, name);
}
