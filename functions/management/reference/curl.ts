import type { Operation, Parameter } from '../openapi/types.ts';

interface Call {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
  readonly parameters: readonly Parameter[];
  readonly serverUrl: string;
}

/** The example of an operation as a command line. */
export function curlOf({ method, path, operation, parameters, serverUrl }: Call): string {
  const inPath = parameters.filter((parameter) => parameter.in === 'path');
  const url = inPath.reduce((text, { name, example }) => text.replace(`{${name}}`, () => String(example)), path);
  const [content] = Object.values(operation.requestBody?.content ?? {});
  const body = content && JSON.stringify(content.example);
  const implied = body === undefined ? 'get' : 'post';
  return [
    `curl ${method === implied ? '' : `-X ${method.toUpperCase()} `}${serverUrl}${url}`,
    ...(operation.security.length > 0 ? [`-H 'Authorization: Bearer KEY'`] : []),
    ...(body === undefined ? [] : [`-d '${body.replaceAll("'", String.raw`'\''`)}'`]),
  ].join(' \\\n  ');
}
