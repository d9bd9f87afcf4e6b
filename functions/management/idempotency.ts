import { createHash, createHmac } from 'node:crypto';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import * as z from 'zod';
import { ApiError, validationFailed } from '../../core/api-error.ts';
import { deflate, inflate } from '../../core/deflate.ts';
import { logger } from '../shared/logger.ts';
import type { Step } from '../stores/config/config-table.ts';
import type { Claim, KeyedRequest, Standing } from '../stores/config/idempotency.ts';
import { retryOnStaleRead } from '../stores/config/optimistic-update.ts';
import { withFreshTag } from '../stores/config/tags.ts';
import type { Principal } from './principal.ts';
import { bodyBytesOf, headerValuesOf } from './request-parts.ts';
import type { Route, WithHeaders } from './route.ts';
import { holdingBack, type Services } from './services.ts';

/**
 * `Idempotency-Key`: a POST that is sent again is not done again, and answered as it was.
 *
 * A request claims its key, is done, and leaves its answer under the key. Where the whole effect is rows of the
 * configuration and an event (`atomic`), they and the answer are one transaction: there is never the one without the other. Else
 * the answer is kept right after the effect, and a function that is killed in between leaves a request that can be done again.
 */

type Answer = WithHeaders<unknown>;
type KeyedRoute = Pick<Route, 'method' | 'path' | 'access' | 'idempotency'>;

interface ParsedRequest {
  readonly principal: Principal;
  readonly params: unknown;
  readonly query: unknown;
}

/** A request that has been authorized and checked, so that nobody else writes a row or is shown an answer. */
interface Once {
  readonly request: KeyedRequest;
  /** The organization, or the whole installation for what is of no organization. */
  readonly owner: string;
  readonly isAtomic: boolean;
  readonly services: Services;
  readonly perform: (services: Services) => Promise<Answer>;
}

/** Only what was done, or refused for the state of things, is kept: a request that was never valid may be mended. */
const keptCodes = ['RESOURCE_NOT_FOUND', 'CONFLICT'] as const;

const keptOutcome = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('done'), body: z.unknown(), headers: z.record(z.string(), z.string()) }),
  z.object({ kind: z.literal('refused'), code: z.enum(keptCodes), message: z.string() }),
]);
type Outcome = z.input<typeof keptOutcome>;

const HEADER = 'Idempotency-Key';
const KEY = /^[\x21-\x7e]{1,255}$/;
const REPLAYED = { 'idempotent-replayed': 'true' };

/** Some 5 s in all: most requests take a tenth of a second, and a request may take `MANAGEMENT_SECONDS`. */
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
 * Of the body's bytes, not of what they mean: then nobody has to know what JSON takes for the same. A body may hold a secret
 * that a person has chosen, so whoever reads the table must not be able to try guesses on a bare digest of it.
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
    if (standing.kind === 'answered') return replay(once, standing.sealedAnswer);
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

/** One transaction for all that the handler writes and its answer: a crash leaves both or neither. */
function doAndKeep(once: Once, claim: Claim): Promise<Answer> {
  const { services, perform } = once;
  // A new draw of a tag that was taken is a new answer, and so is what is decided by a row that was changed since it was read.
  return retryOnStaleRead(() =>
    withFreshTag(async () => {
      const held: Step[] = [];
      const answer = await perform(holdingBack(services, (steps) => held.push(...steps)));
      await services.configuration.transact([await completion(once, claim, done(answer)), ...held]);
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

/** Keeps a refusal, so that a late copy of a request does not do what its sender was told is not done. */
async function settle(once: Once, claim: Claim, error: unknown): Promise<void> {
  const { configuration, idempotency } = once.services;
  const refusal = refusalOf(error);
  if (refusal) return configuration.transact([await completion(once, claim, refusal)]);
  try {
    await idempotency.release(claim);
  } catch (failure) {
    // The caller is told the first error; the claim ends by itself.
    logger.warn('the claim of an idempotency key could not be released', { error: failure as Error });
  }
}

/** One that says when to come back is not about this request, but about this moment. */
function refusalOf(error: unknown): Outcome | undefined {
  if (!(error instanceof ApiError) || 'retry-after' in error.headers) return undefined;
  const code = keptCodes.find((kept) => kept === error.code);
  return code && { kind: 'refused', code, message: error.message };
}

/**
 * What a create answers is shown once, so it is sealed as the secrets are that it shows. The answer to a replay of an event has
 * 500 bytes for each delivery, most of them the same: deflated, some 3,000 fit into the 400 KB of a row.
 */
async function completion({ services, ...once }: Once, claim: Claim, outcome: Outcome): Promise<Step> {
  const deflated = deflate(Buffer.from(JSON.stringify(outcome)));
  const sealed = await services.vault.seal(sealOwner(once), deflated.toString('base64'));
  return services.idempotency.completion(claim, sealed, () => stillRunning(0));
}

async function replay({ services, ...once }: Once, sealedAnswer: Uint8Array): Promise<Answer> {
  const deflated = Buffer.from(await services.vault.open(sealOwner(once), sealedAnswer), 'base64');
  const outcome = keptOutcome.parse(JSON.parse(inflate(deflated).toString('utf8')));
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
