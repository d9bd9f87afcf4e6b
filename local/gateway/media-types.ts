// Whether a Content-Type or Accept header selects binary treatment. In the API's list, `*/*` takes every body; `type/*` works,
// `*/subtype` doesn't. Of an Accept header only the first entry counts.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-payload-encodings.html
export function binaryMatcher(binaryMediaTypes: readonly string[]): (header: string | undefined) => boolean {
  if (binaryMediaTypes.includes('*/*')) return () => true;
  const types = binaryMediaTypes.map(essence).filter((type) => !type.startsWith('*'));
  const exact = new Set(types);
  const prefixes = types.filter((type) => type.endsWith('/*')).map((type) => type.slice(0, -1));
  return (header) => {
    if (header === undefined) return false;
    const type = essence(header);
    return exact.has(type) || prefixes.some((prefix) => type.startsWith(prefix));
  };
}

/** The media type alone, in lower case: the first of a list, without parameters. */
function essence(header: string): string {
  const first = header.split(',', 1)[0] ?? '';
  return (first.split(';', 1)[0] ?? '').trim().toLowerCase();
}
