/** The dashboard's pages, by what they show. */
export const page = {
  overview: '/',
  sources: '/sources',
  source: (id: string) => `/sources/${id}`,
  destinations: '/destinations',
  /** Those with which something is wrong, according to the overview of that window. */
  destinationsNeedingAttention: (window: string) => `/destinations?show=look&window=${window}`,
  newDestination: '/destinations/new',
  destination: (id: string) => `/destinations/${id}`,
  connections: '/connections',
  connection: (id: string) => `/connections/${id}`,
  events: '/events',
  event: (id: string) => `/events/${id}`,
  deliveries: '/deliveries',
  delivery: (id: string) => `/deliveries/${id}`,
  deadLetters: '/dead-letters',
  keys: '/keys',
} as const;

/**
 * The API path of a thing. The id comes from the address and may be anything. Characters that no id has, such as a slash, a dot
 * or a NUL, are replaced, so that it can't lead to another route. The API then refuses all of them as invalid ids.
 */
export function apiPath(list: string, id = ''): string {
  return `/v1/${list}/${id.replace(/\W/g, '-') || '-'}`;
}

/** An address in which invalid percent-encoding is taken literally. The router would fail on it. */
export function wellFormed(pathname: string): string {
  return pathname
    .split('/')
    .map((segment) => (isEncoded(segment) ? segment : segment.replaceAll('%', '%25')))
    .join('/');
}

function isEncoded(segment: string): boolean {
  try {
    // The result is used, because the bundler removes a call whose result nobody uses, and the error with it.
    return decodeURIComponent(segment).length > 0;
  } catch (error) {
    if (error instanceof URIError) return false;
    throw error;
  }
}
