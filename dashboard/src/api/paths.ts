/** Pages of the dashboard, by what they show. */
export const page = {
  overview: '/',
  sources: '/sources',
  source: (id: string) => `/sources/${id}`,
  destinations: '/destinations',
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
