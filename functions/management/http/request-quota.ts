import { ApiError } from '../../../core/api-error.ts';
import type { OrganizationId } from '../../../core/ids.ts';
import { addNewest } from '../../shared/newest-entries.ts';
import type { RequestCounts } from '../../stores/config/request-counts.ts';

const MINUTE_MS = 60_000;

/**
 * Requests that an instance is granted at a time. So each costs a tenth of a write unit, and at most this many are granted in
 * vain.
 */
const GRANT = 10;

/** Organizations whose grants an instance remembers. What is left of a grant is lost when it is forgotten. */
const MAX_REMEMBERED = 1_000;

interface Grant {
  readonly minute: number;
  left: number;
  /** The limit has been reached: no more is granted in this minute, so nobody asks for more. */
  readonly isLast: boolean;
}

export interface RequestQuotaOptions {
  readonly counts: Pick<RequestCounts, 'take'>;
  readonly requestsPerMinute: number;
}

/**
 * Limits how often an organization may call the API in a minute, over all keys, sessions and instances, so that one whose
 * script runs wild takes nothing away from the others. A caller of no known organization is bounded by API Gateway's own
 * throttle.
 */
export class RequestQuota {
  readonly #options: RequestQuotaOptions;
  /** Requests that run at the same time wait for the same grant. */
  readonly #grants = new Map<OrganizationId, Promise<Grant>>();

  constructor(options: RequestQuotaOptions) {
    this.#options = options;
  }

  /** @throws ApiError RATE_LIMITED, with the seconds until the next minute in `Retry-After` */
  async take(organizationId: OrganizationId, now: Date): Promise<void> {
    const minute = Math.floor(now.getTime() / MINUTE_MS);
    for (;;) {
      const known = this.#grants.get(organizationId);
      const grant = await known;
      if (grant?.minute === minute && grant.left > 0) {
        grant.left--;
        return;
      }
      if (grant?.minute === minute && grant.isLast) throw this.#refusal(minute, now);
      // Unless another request has already asked for more while this one waited.
      if (this.#grants.get(organizationId) === known) this.#ask(organizationId, minute);
    }
  }

  #ask(organizationId: OrganizationId, minute: number): void {
    const { counts, requestsPerMinute } = this.#options;
    const wanted = Math.min(GRANT, requestsPerMinute);
    const asked = counts
      .take(organizationId, minute, wanted, requestsPerMinute)
      .then((left): Grant => ({ minute, left, isLast: left < wanted }));
    addNewest(this.#grants, organizationId, asked, MAX_REMEMBERED);
    // Those who wait for it see the failure; the next request asks again.
    asked.catch(() => this.#grants.delete(organizationId));
  }

  #refusal(minute: number, now: Date): ApiError {
    const seconds = Math.ceil(((minute + 1) * MINUTE_MS - now.getTime()) / 1000);
    return new ApiError(
      'RATE_LIMITED',
      `The organization has made its ${this.#options.requestsPerMinute} requests of this minute; try again in ${seconds} s`,
      { headers: { 'retry-after': String(seconds) } },
    );
  }
}
