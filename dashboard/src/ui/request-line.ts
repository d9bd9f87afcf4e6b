interface RequestLine {
  readonly method: string;
  readonly path: string;
  /** Without its question mark. */
  readonly query: string;
}

/** The request, in the form of HTTP. */
export function requestLine({ method, path, query }: RequestLine): string {
  return `${method} ${path || '/'}${query && `?${query}`}`;
}
