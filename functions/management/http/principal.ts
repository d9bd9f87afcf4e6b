import { type ApiKey, covers, type Scope } from '../../../core/access/api-key.ts';
import type { Session } from '../../../core/access/session.ts';
import { ApiError } from '../../../core/api-error.ts';
import type { OrganizationId } from '../../../core/ids.ts';

/** Whose key a request is made with. */
export type Holder = { readonly kind: 'root' } | { readonly kind: 'api_key'; readonly key: ApiKey };

/** Who makes a request. */
export interface Principal {
  /** The only organization whose things the request sees and changes. */
  readonly organizationId: OrganizationId;
  readonly scope: Scope;
  readonly holder: Holder;
  /** `null` where the request came with the key itself. */
  readonly session: Session | null;
}

/** `root` stands for the root key alone. */
export type Access = Scope | 'root';

/** @throws ApiError FORBIDDEN */
export function requireAccess({ holder, scope }: Principal, access: Access): void {
  if (holder.kind === 'root') return;
  if (access === 'root') throw new ApiError('FORBIDDEN', 'Only the root key may do this');
  if (!covers(scope, access)) {
    throw new ApiError('FORBIDDEN', `The key's scope is ${scope}; this needs ${access}`);
  }
}
