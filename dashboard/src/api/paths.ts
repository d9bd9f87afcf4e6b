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
