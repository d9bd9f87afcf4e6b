import { useResource } from '../../api/resource.ts';
import type { Definitions } from './schema.ts';

/** The schemas of the API's own description, by which forms are made. */
export function useDefinitions(): Definitions | undefined {
  return useResource<{ readonly components: { readonly schemas: Definitions } }>('/v1/openapi.json').value?.components
    .schemas;
}
