interface RequestLine {
  readonly method: string;
  readonly path: string;
  /** Without its question mark. */
  readonly query: string;
}

/** What was, or would be, asked for, as HTTP has it. */
export function requestLine({ method, path, query }: RequestLine): string {
  return `${method} ${path || '/'}${query && `?${query}`}`;
}
