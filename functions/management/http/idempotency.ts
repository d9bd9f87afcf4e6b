import { createHash, createHmac } from 'node:crypto';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import * as z from 'zod';
import { ApiError, validationFailed } from '../../../core/api-error.ts';
import { deflate, inflate } from '../../../core/events/deflate.ts';
import { logger } from '../../shared/logger.ts';
import type { TransactionWrite } from '../../stores/config/config-table.ts';
import type { Claim, KeyedRequest, Standing } from '../../stores/config/idempotency.ts';
import { retryOnStaleRead } from '../../stores/config/optimistic-update.ts';
import { withFreshTag } from '../../stores/config/tags.ts';
import { deferringWrites, type Services } from '../services.ts';
import type { Principal } from './principal.ts';
import { bodyBytesOf, headerValuesOf } from './request-parts.ts';
import type { Route, WithHeaders } from './route.ts';

/**
 * `Idempotency-Key`: a POST that is sent a second time is not performed again, but gets the same response as the first time.
 *
 * A request claims its key, is performed, and stores its response under the key. If its whole effect is rows of the
 * configuration and events (`atomic`), these and the response are written in one transaction, so that there is never one without
 * the other. Otherwise the response is stored right after the effect; if the function is killed in between, the request can be
 * performed once more.
 */

type RouteResponse = WithHeaders<unknown>;
type KeyedRoute = Pick<Route, 'method' | 'path' | 'access' | 'idempotency'>;

interface ParsedRequest {
  readonly principal: Principal;
  readonly params: unknown;
  readonly query: unknown;
}

/**
 * A request that has been authorized and validated. Others never get to write a row or to see a stored response.
 */
interface Once {
  readonly request: KeyedRequest;
  /** The organization, or the whole installation where the request concerns no particular organization. */
  readonly owner: string;
  readonly isAtomic: boolean;
  readonly services: Services;
  readonly perform: (services: Services) => Promise<RouteResponse>;
}

/**
 * Only refusals caused by the current state are stored. A request that was never valid may be corrected and sent with the
 * same key.
 */
const storedCodes = ['RESOURCE_NOT_FOUND', 'CONFLICT'] as const;

const storedOutcome = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('done'), body: z.unknown(), headers: z.record(z.string(), z.string()) }),
  z.object({ kind: z.literal('refused'), code: z.enum(storedCodes), message: z.string() }),
]);
type Outcome = z.input<typeof storedOutcome>;

const HEADER = 'Idempotency-Key';
const KEY = /^[\x21-\x7e]{1,255}$/;
const REPLAYED = { 'idempotent-replayed': 'true' };

/** Some 5 s in all: most requests take a tenth of a second, though one may take up to `MANAGEMENT_SECONDS`. */
const PAUSES_MS = [50, 100, 200, 400, 800, 1_500, 2_000];

/** Whether the route takes an `Idempotency-Key`. */
export function isKeyed({ method, idempotency }: Pick<Route, 'method' | 'idempotency'>): boolean {
  return method === 'POST' && idempotency !== 'ignored';
}

/** @throws ApiError of the request; VALIDATION_FAILED for an invalid key; CONFLICT for the key of another request */
export async function performOnce(
  route: KeyedRoute,
  event: APIGatewayProxyEvent,
  parsed: ParsedRequest,
  services: Services,
  perform: Once['perform'],
): Promise<RouteResponse> {
  const key = isKeyed(route) ? keyOf(event) : undefined;
  if (key === undefined) return perform(services);
  const owner = route.access === 'root' ? 'installation' : parsed.principal.organizationId;
  const request = {
    digest: createHash('sha256').update(`${owner} ${key}`).digest('hex'),
    fingerprint: await fingerprintOf(route, event, parsed, services),
  };
  return performKeyed({ request, owner, isAtomic: route.idempotency === 'atomic', services, perform });
}

function keyOf(event: APIGatewayProxyEvent): string | undefined {
  const [key, ...others] = headerValuesOf(event, HEADER.toLowerCase());
  if (key === undefined) return undefined;
  if (others.length > 0) throw validationFailed(HEADER, 'must be given once');
  if (!KEY.test(key)) throw validationFailed(HEADER, 'must be 1 to 255 visible ASCII characters');
  return key;
}

/**
 * Made of the body's bytes, not of their meaning, so that nobody has to decide when two JSON texts are the same. It is keyed
 * because a body may hold a secret that a person has chosen: whoever can read the table must not be able to test guesses
 * against a bare digest.
 */
async function fingerprintOf(
  { method, path }: KeyedRoute,
  event: APIGatewayProxyEvent,
  { params, query }: ParsedRequest,
  { rootKey }: Services,
): Promise<string> {
  return createHmac('sha256', await rootKey.derive('hawser idempotency v1'))
    .update(`${JSON.stringify([method, path, params, query])}\0`)
    .update(bodyBytesOf(event))
    .digest('hex');
}

async function performKeyed(once: Once): Promise<RouteResponse> {
  const { request, services } = once;
  const { idempotency, now, sleep } = services;
  let standing: Standing = { kind: 'free' };
  for (const pauseMs of [0, ...PAUSES_MS]) {
    if (standing.kind === 'free') {
      const claim = await idempotency.claim(request, now());
      if (claim) return run(once, claim);
    } else {
      await sleep(pauseMs);
    }
    standing = await idempotency.find(request, now());
    if (standing.kind === 'free') continue;
    if (standing.fingerprint !== request.fingerprint) {
      throw new ApiError('CONFLICT', `This ${HEADER} came with another request in the last 24 hours; send a new one`);
    }
    if (standing.kind === 'answered') return replayResponse(once, standing.sealedResponse);
  }
  throw stillRunning(standing.kind === 'running' ? standing.until.getTime() - now().getTime() : 0);
}

async function run(once: Once, claim: Claim): Promise<RouteResponse> {
  try {
    return await (once.isAtomic ? performAtomically(once, claim) : performThenStore(once, claim));
  } catch (error) {
    await storeRefusalOrRelease(once, claim, error);
    throw error;
  }
}

/** One transaction for everything the handler writes and for its response: a crash leaves both or neither. */
function performAtomically(once: Once, claim: Claim): Promise<RouteResponse> {
  const { services, perform } = once;
  // Everything is done again, response included, if the drawn tag is taken, or if a row that a decision rests on has changed
  // since it was read.
  return retryOnStaleRead(() =>
    withFreshTag(async () => {
      const deferred: TransactionWrite[] = [];
      const response = await perform(deferringWrites(services, (writes) => deferred.push(...writes)));
      await services.configuration.transact([await completion(once, claim, doneOutcome(response)), ...deferred]);
      return response;
    }),
  );
}

async function performThenStore(once: Once, claim: Claim): Promise<RouteResponse> {
  const response = await once.perform(once.services);
  await once.services.configuration.transact([await completion(once, claim, doneOutcome(response))]);
  return response;
}

function doneOutcome({ body, headers }: RouteResponse): Outcome {
  return { kind: 'done', body, headers };
}

/** Stores a refusal, so that a late copy of the request doesn't do what its sender has been told was not done. */
async function storeRefusalOrRelease(once: Once, claim: Claim, error: unknown): Promise<void> {
  const { configuration, idempotency } = once.services;
  const refusal = refusalOf(error);
  if (refusal) return configuration.transact([await completion(once, claim, refusal)]);
  try {
    await idempotency.release(claim);
  } catch (failure) {
    // The caller should see the first error; the claim expires by itself.
    logger.warn('the claim of an idempotency key could not be released', { error: failure as Error });
  }
}

/** The refusal to store, if any. One that says when to try again concerns the moment, not the request, and is not stored. */
function refusalOf(error: unknown): Outcome | undefined {
  if (!(error instanceof ApiError) || 'retry-after' in error.headers) return undefined;
  const code = storedCodes.find((stored) => stored === error.code);
  return code && { kind: 'refused', code, message: error.message };
}

/**
 * The response to a create contains secrets that are shown only once, so it is sealed as they are. The response to a replay of
 * an event has 500 bytes for each delivery, which are much alike: deflated, some 3,000 of them fit into the 400 KB of a row.
 */
async function completion({ services, ...once }: Once, claim: Claim, outcome: Outcome): Promise<TransactionWrite> {
  const deflated = deflate(Buffer.from(JSON.stringify(outcome)));
  const sealed = await services.vault.seal(sealOwner(once), deflated.toString('base64'));
  return services.idempotency.completion(claim, sealed, () => stillRunning(0));
}

async function replayResponse({ services, ...once }: Once, sealedResponse: Uint8Array): Promise<RouteResponse> {
  const deflated = Buffer.from(await services.vault.open(sealOwner(once), sealedResponse), 'base64');
  const outcome = storedOutcome.parse(JSON.parse(inflate(deflated).toString('utf8')));
  if (outcome.kind === 'refused') throw new ApiError(outcome.code, outcome.message, { headers: REPLAYED });
  return { body: outcome.body, headers: { ...outcome.headers, ...REPLAYED } };
}

function sealOwner({ owner, request }: Pick<Once, 'owner' | 'request'>) {
  return { organizationId: owner, resourceId: `idempotency#${request.digest}` };
}

function stillRunning(forMs: number): ApiError {
  const seconds = Math.max(1, Math.ceil(forMs / 1_000));
  return new ApiError('CONFLICT', `A request with this ${HEADER} is being worked on; send it again in ${seconds} s`, {
    headers: { 'retry-after': String(seconds) },
  });
}
