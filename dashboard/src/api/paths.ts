/** Pages of the dashboard, by what they show. */
export const page = {
  overview: '/',
  sources: '/sources',
  source: (id: string) => `/sources/${id}`,
  destinations: '/destinations',
  /** Those of which the overview says that something is wrong, in the time that it is about. */
  destinationsToLookAt: (window: string) => `/destinations?show=look&window=${window}`,
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
 * What the API has at an id. An address may give anything for one: what no id has, such as a slash, a dot or a byte of zero, is not
 * sent, so that none leads to another route, and the API says of all alike that they are no id.
 */
export function apiPath(list: string, id = ''): string {
  return `/v1/${list}/${id.replace(/\W/g, '-') || '-'}`;
}

/** An address with what is no percent-encoding taken as it stands: the router would fail by it. */
export function wellFormed(pathname: string): string {
  return pathname
    .split('/')
    .map((segment) => (isEncoded(segment) ? segment : segment.replaceAll('%', '%25')))
    .join('/');
}

function isEncoded(segment: string): boolean {
  try {
    // What comes of it is looked at: the bundler leaves out a call whose result nobody uses, and with it the error.
    return decodeURIComponent(segment).length > 0;
  } catch (error) {
    if (error instanceof URIError) return false;
    throw error;
  }
}
