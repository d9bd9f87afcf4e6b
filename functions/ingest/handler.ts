import middy from '@middy/core';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { ApiError, bodyTooLarge, loopDetected, notFound } from '../../core/api-error.ts';
import { isId, type SourceId } from '../../core/ids.ts';
import { MAX_PASSAGES, passagesOf } from '../../core/ingest/loop-guard.ts';
import { ReceivedRequest } from '../../core/ingest/received-request.ts';
import { ingestUrl, type Source } from '../../core/ingest/source.ts';
import type { Challenge, Verifier } from '../../core/verification/scheme.ts';
import { errorResponse, jsonResponse } from '../shared/api-response.ts';
import { eventbridge, kms } from '../shared/aws-clients.ts';
import { CredentialVault } from '../shared/credentials.ts';
import { requireEnv, retentionDays, variable } from '../shared/environment.ts';
import { MAX_BODY_BYTES } from '../shared/ingest-limit.ts';
import { logger } from '../shared/logger.ts';
import { countMetric, metricName } from '../shared/metrics.ts';
import { announce } from '../shared/operational-events.ts';
import { openVerifier } from '../shared/source-verification.ts';
import { configTableFromEnvironment, eventStoreFromEnvironment } from '../shared/tables.ts';
import { configurationCache } from '../shared/ttl-cache.ts';
import { CopyStore } from '../stores/config/copies.ts';
import { SourceStore } from '../stores/config/sources.ts';
import { Acceptance, type Accepted } from './acceptance.ts';
import { receivedRequest } from './ingest-request.ts';
import { Refusals } from './refusals.ts';

const configuration = configTableFromEnvironment();
const sources = new SourceStore(configuration);
const vault = new CredentialVault(kms(), requireEnv(variable.credentialsKeyArn));
/**
 * A deleted or changed source may accept webhooks as before until its entry expires. A new source works at once, because
 * the cache does not remember missing values.
 */
const receivers = configurationCache(async (id: SourceId) => {
  const source = await sources.get(id);
  return source && { source, verifier: await openVerifier(vault, source) };
});
const acceptance = new Acceptance({
  events: eventStoreFromEnvironment(),
  copies: new CopyStore(configuration),
  retentionDays: retentionDays(),
});
const baseUrl = requireEnv(variable.ingestUrl);
const refusals = new Refusals({
  count: (properties, nowMs) => countMetric(metricName.verificationFailures, properties, nowMs),
  announce: (event) => announce(eventbridge(), requireEnv(variable.eventBusName), event),
});

/** Answers 200 only once the webhook is verified, if its source requires that, and it or a copy of it is stored. */
async function ingest(event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
  const id = event.pathParameters?.source_id ?? '';
  const receiver = isId('src', id) ? await receivers.get(id, Date.now()) : undefined;
  if (!receiver) throw notFound('Source', id);
  const { source, verifier } = receiver;
  const { head, body } = receivedRequest(event, source.id);
  if (body.byteLength > MAX_BODY_BYTES) throw bodyTooLarge(MAX_BODY_BYTES);
  const request = new ReceivedRequest(head, body, ingestUrl(baseUrl, source.id));
  if (verifier) await verify(source, verifier, request, Date.now());
  const challenge = verifier?.challenge(request);
  if (challenge) return challengeResponse(challenge);
  // Checked last, because its 508 sets off the 5xx alarm, which unverified senders must not be able to do.
  if (passagesOf(head.headers) >= MAX_PASSAGES) throw loopDetected();
  return acceptedResponse(source, await acceptance.accept(source, request, verifier, Date.now()));
}

/**
 * Runs before anything is stored. The owner of the source learns why a request was refused; the sender does not.
 * @throws ApiError UNAUTHORIZED
 */
async function verify(source: Source, verifier: Verifier, request: ReceivedRequest, nowMs: number): Promise<void> {
  const verdict = verifier.verify(request, nowMs);
  if (verdict === 'verified') return;
  await refusals.note(source, verdict, nowMs);
  throw new ApiError('UNAUTHORIZED', 'The request could not be verified as coming from the sender of this source');
}

/** API, ingest and dashboard share an origin, so what a source answers must never run as one of its pages. */
const SANDBOX_HEADERS = {
  'content-security-policy': "default-src 'none'; sandbox",
  'x-content-type-options': 'nosniff',
};

function challengeResponse({ statusCode, contentType, body }: Challenge): APIGatewayProxyResult {
  return { statusCode, headers: { ...SANDBOX_HEADERS, 'content-type': contentType }, body };
}

function acceptedResponse({ response }: Source, { id, isCopy }: Accepted): APIGatewayProxyResult {
  const headers = { ...SANDBOX_HEADERS, 'x-hawser-event-id': id, ...(isCopy && { 'x-hawser-duplicate': 'true' }) };
  if (!response) return jsonResponse(200, { id }, headers);
  const { statusCode, contentType, body } = response;
  return { statusCode, headers: { ...headers, 'content-type': `${contentType}; charset=utf-8` }, body };
}

export const handler = middy<APIGatewayProxyEvent, APIGatewayProxyResult>()
  .onError((request) => {
    const { requestId } = request.event.requestContext;
    if (request.error instanceof ApiError) {
      request.response = errorResponse(request.error, requestId);
      return;
    }
    logger.error('a webhook could not be stored', { requestId, error: request.error });
    request.response = errorResponse(
      new ApiError('INTERNAL_ERROR', 'The webhook was not stored; send it again'),
      requestId,
    );
  })
  .handler(ingest);
