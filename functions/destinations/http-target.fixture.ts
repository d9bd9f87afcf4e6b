import type { DestinationTargets } from '../../core/destination-types/registry.ts';
import { newId } from '../../core/ids.ts';
import type { OpenedDestination } from './destination-type.ts';

type HttpDestination = OpenedDestination<DestinationTargets['http']>;

/** The settings of an HTTP destination that a test may choose. */
export type HttpTarget = Partial<Omit<HttpDestination, 'target'>> & {
  readonly url?: string;
  readonly method?: DestinationTargets['http']['method'];
};

/** A destination without signature, headers or method of its own, and with a timeout of 5 s, unless the test says otherwise. */
export function httpTarget({ url = 'https://example.com/', method = null, ...over }: HttpTarget): HttpDestination {
  return {
    id: newId('dst'),
    organizationId: newId('org'),
    target: { type: 'http', url, method, config: {} },
    timeoutSeconds: 5,
    headers: {},
    signing: { scheme: 'standard' },
    ...over,
  };
}
