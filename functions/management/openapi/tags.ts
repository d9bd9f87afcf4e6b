/** Keyed by the first part of the path, in the order of the reference. */
export const tags: Readonly<Record<string, { readonly name: string; readonly description: string }>> = {
  in: { name: 'Ingest', description: 'Where senders send webhooks.' },
  organizations: {
    name: 'Organizations',
    description:
      'Tenants. Nothing in one is visible from another, not even that an id exists. Created with the root key.',
  },
  'api-keys': {
    name: 'API keys',
    description:
      'Keys of an organization: `read` gets and lists all but keys, `write` also changes, `admin` also manages keys.',
  },
  session: {
    name: 'Session',
    description: 'Exchanges a key for a cookie, so that no script of a dashboard holds the key.',
  },
  sources: { name: 'Sources', description: 'Ingest URLs: each webhook sent to one becomes an event.' },
  destinations: {
    name: 'Destinations',
    description: 'Where events go, and how: signed, retried, held while they fail.',
  },
  connections: {
    name: 'Connections',
    description: 'Source → destination: each new event of the source that its filter lets through makes a delivery.',
  },
  filters: { name: 'Filters', description: 'Try out which events a connection lets through.' },
  transforms: { name: 'Transforms', description: 'Try out what a connection sends in place of an event.' },
  events: { name: 'Events', description: 'What was received, byte for byte. They expire.' },
  deliveries: { name: 'Deliveries', description: 'One event for one destination, with every attempt that was made.' },
  'dead-letters': {
    name: 'Dead letters',
    description: 'Deliveries that were given up. They can be sent again or discarded.',
  },
  replays: {
    name: 'Replays',
    description: 'Jobs that send many deliveries again, at a pace, oldest first; they can be watched and cancelled.',
  },
  overview: { name: 'Overview', description: 'How an organization is doing, at a glance.' },
  reference: { name: 'Reference', description: 'This description of the API. It needs no key.' },
};

/** @throws Error that says what to do for a new resource */
export function tagOf(path: string): string {
  const [, first = '', second = ''] = path.split('/');
  const segment = first === 'v1' ? second : first;
  const tag = tags[segment === 'openapi.json' ? 'reference' : segment];
  if (!tag) throw new Error(`add ${segment} to functions/management/openapi/tags.ts`);
  return tag.name;
}
