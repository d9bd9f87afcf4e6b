import { type Resource, useResource } from '../../api/resource.ts';
import type { Definitions } from './schema.ts';

interface Description extends Pick<Resource<unknown>, 'problem' | 'reload'> {
  readonly definitions: Definitions | undefined;
}

/** The schemas of the API's own description, from which forms are made. */
export function useDescription(): Description {
  const { value, problem, reload } = useResource<{ readonly components: { readonly schemas: Definitions } }>(
    '/v1/openapi.json',
  );
  return { definitions: value?.components.schemas, problem, reload };
}
