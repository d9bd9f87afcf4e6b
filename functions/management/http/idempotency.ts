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
 * `Idempotency-Key`: a POST that is sent a second time is not carried out again, but gets the same answer as the first time.
 *
 * A request claims its key, is carried out, and stores its answer under the key. Where its whole effect is rows of the
 * configuration and events (`atomic`), these and the answer are written in one transaction, so that there is never one without
 * the other. Otherwise the answer is stored right after the effect; if the function is killed in between, the request can be
 * carried out once more.
 */

type Answer = WithHeaders<unknown>;
type KeyedRoute = Pick<Route, 'method' | 'path' | 'access' | 'idempotency'>;

interface ParsedRequest {
  readonly principal: Principal;
  readonly params: unknown;
  readonly query: unknown;
}

/**
 * A request that has been authorized and validated. Others don't get as far as writing a row or being shown a stored answer.
 */
interface Once {
  readonly request: KeyedRequest;
  /** The organization, or the whole installation where the request concerns no particular organization. */
  readonly owner: string;
  readonly isAtomic: boolean;
  readonly services: Services;
  readonly perform: (services: Services) => Promise<Answer>;
}

/**
 * Of the refusals only those are stored that are due to the state of things. A request that was never valid may be corrected,
 * and sent with the same key.
 */
const keptCodes = ['RESOURCE_NOT_FOUND', 'CONFLICT'] as const;

const keptOutcome = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('done'), body: z.unknown(), headers: z.record(z.string(), z.string()) }),
  z.object({ kind: z.literal('refused'), code: z.enum(keptCodes), message: z.string() }),
]);
type Outcome = z.input<typeof keptOutcome>;

const HEADER = 'Idempotency-Key';
const KEY = /^[\x21-\x7e]{1,255}$/;
const ANSWERED_AGAIN = { 'idempotent-replayed': 'true' };

/** Some 5 s in all: most requests take a tenth of a second, though one may take up to `MANAGEMENT_SECONDS`. */
const PAUSES_MS = [50, 100, 200, 400, 800, 1_500, 2_000];

/** Whether the route takes an `Idempotency-Key`. */
export function isKeyed({ method, idempotency }: Pick<Route, 'method' | 'idempotency'>): boolean {
  return method === 'POST' && idempotency !== 'ignored';
}

/** @throws ApiError of the request; VALIDATION_FAILED for what can be no key; CONFLICT for the key of another request */
export async function performOnce(
  route: KeyedRoute,
  event: APIGatewayProxyEvent,
  parsed: ParsedRequest,
  services: Services,
  perform: Once['perform'],
): Promise<Answer> {
  const key = isKeyed(route) ? keyOf(event) : undefined;
  if (key === undefined) return perform(services);
  const owner = route.access === 'root' ? 'installation' : parsed.principal.organizationId;
  const request = {
    digest: createHash('sha256').update(`${owner} ${key}`).digest('hex'),
    fingerprint: await fingerprintOf(route, event, parsed, services),
  };
  return answerOnce({ request, owner, isAtomic: route.idempotency === 'atomic', services, perform });
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

async function answerOnce(once: Once): Promise<Answer> {
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
    if (standing.kind === 'answered') return answerAgain(once, standing.sealedResponse);
  }
  throw stillRunning(standing.kind === 'running' ? standing.until.getTime() - now().getTime() : 0);
}

async function run(once: Once, claim: Claim): Promise<Answer> {
  try {
    return await (once.isAtomic ? doAndKeep(once, claim) : doThenKeep(once, claim));
  } catch (error) {
    await settle(once, claim, error);
    throw error;
  }
}

/** One transaction for everything the handler writes and for its answer: a crash leaves both or neither. */
function doAndKeep(once: Once, claim: Claim): Promise<Answer> {
  const { services, perform } = once;
  // All of it is done anew, answer included, where a tag that was drawn is taken, or where a row that decided something has
  // been changed since it was read.
  return retryOnStaleRead(() =>
    withFreshTag(async () => {
      const deferred: TransactionWrite[] = [];
      const answer = await perform(deferringWrites(services, (writes) => deferred.push(...writes)));
      await services.configuration.transact([await completion(once, claim, done(answer)), ...deferred]);
      return answer;
    }),
  );
}

async function doThenKeep(once: Once, claim: Claim): Promise<Answer> {
  const answer = await once.perform(once.services);
  await once.services.configuration.transact([await completion(once, claim, done(answer))]);
  return answer;
}

function done({ body, headers }: Answer): Outcome {
  return { kind: 'done', body, headers };
}

/** Stores a refusal, so that a late copy of the request doesn't do what its sender has been told was not done. */
async function settle(once: Once, claim: Claim, error: unknown): Promise<void> {
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

/** The refusal to store, if any. One that says when to try again is about the moment, not the request, and is not stored. */
function refusalOf(error: unknown): Outcome | undefined {
  if (!(error instanceof ApiError) || 'retry-after' in error.headers) return undefined;
  const code = keptCodes.find((kept) => kept === error.code);
  return code && { kind: 'refused', code, message: error.message };
}

/**
 * The answer to a create has secrets in it that are shown this once, so it is sealed as they are. The answer to a replay of an
 * event has 500 bytes for each delivery, which are much alike: deflated, some 3,000 of them fit into the 400 KB of a row.
 */
async function completion({ services, ...once }: Once, claim: Claim, outcome: Outcome): Promise<TransactionWrite> {
  const deflated = deflate(Buffer.from(JSON.stringify(outcome)));
  const sealed = await services.vault.seal(sealOwner(once), deflated.toString('base64'));
  return services.idempotency.completion(claim, sealed, () => stillRunning(0));
}

async function answerAgain({ services, ...once }: Once, sealedResponse: Uint8Array): Promise<Answer> {
  const deflated = Buffer.from(await services.vault.open(sealOwner(once), sealedResponse), 'base64');
  const outcome = keptOutcome.parse(JSON.parse(inflate(deflated).toString('utf8')));
  if (outcome.kind === 'refused') throw new ApiError(outcome.code, outcome.message, { headers: ANSWERED_AGAIN });
  return { body: outcome.body, headers: { ...outcome.headers, ...ANSWERED_AGAIN } };
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
