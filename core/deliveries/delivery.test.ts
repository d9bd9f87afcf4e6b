import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deliveryIdOf, newEventId, newId } from '../ids.ts';
import type { RetryPolicy } from '../retries/retry-policy.ts';
import { retryOnField } from '../retries/retry-rules.ts';
import { type DeliveryJob, type DeliveryStatus, deliveryStatuses, isDue, nextStep, replayJob } from './delivery.ts';
import { withResendRequest } from './resend-request.ts';

const sourceId = newId('src');
const connectionId = newId('con');
const eventId = newEventId(sourceId, 0);
const job = (over: Partial<DeliveryJob> = {}): DeliveryJob => ({
  deliveryId: deliveryIdOf(eventId, connectionId),
  eventId,
  organizationId: newId('org'),
  sourceId,
  connectionId,
  destinationId: newId('dst'),
  attempt: 1,
  roundStart: 1,
  startsReplay: false,
  ...over,
});
const policy: RetryPolicy = { maxRetries: 2, backoff: 'exponential', intervalsSeconds: [10, 20], retryOn: null };
const failed = { kind: 'failed', failure: 'temporary', retryAfterSeconds: 0 } as const;

describe('a job', () => {
  it('a job is due while its delivery has no row', () => {
    expect(isDue(job(), undefined)).toBe(true);
  });

  it('a job for the next attempt of a delivery that is being retried is due', () => {
    expect(isDue(job({ attempt: 2 }), { status: 'retrying', attemptCount: 1 })).toBe(true);
  });

  it.each<DeliveryStatus>(['pending', 'retrying', 'succeeded', 'dead', 'cancelled'])(
    'a job for an attempt already made is not due, not even as a replay (%s)',
    (status) => {
      expect(isDue(job({ attempt: 2 }), { status, attemptCount: 2 })).toBe(false);
      expect(isDue(job({ attempt: 2, startsReplay: true }), { status, attemptCount: 2 })).toBe(false);
    },
  );

  it.each<DeliveryStatus>(['succeeded', 'dead', 'cancelled'])(
    'a job for a delivery that is %s is due only as a replay requested after the latest recorded one',
    (status) => {
      const replay = job({ attempt: 3, startsReplay: true, replayedAtMs: 2 });
      expect(isDue(job({ attempt: 3 }), { status, attemptCount: 2 })).toBe(false);
      expect(isDue(replay, { status, attemptCount: 2 })).toBe(true);
      expect(isDue(replay, { status, attemptCount: 2, replayedAtMs: 1 })).toBe(true);
      expect(isDue(replay, { status, attemptCount: 2, replayedAtMs: 2 })).toBe(false);
      expect(isDue(replay, { status, attemptCount: 2, replayedAtMs: 3 })).toBe(false);
    },
  );

  it.each<DeliveryStatus>(['pending', 'retrying', 'held'])(
    'a replay of a delivery that is %s is due unless a later replay is recorded',
    (status) => {
      const replay = job({ attempt: 3, startsReplay: true, replayedAtMs: 2 });
      const isDueAfter = (replayedAtMs: number) => isDue(replay, { status, attemptCount: 2, replayedAtMs });
      expect([1, 2, 3].map(isDueAfter)).toEqual([true, true, false]);
    },
  );

  it.each<DeliveryStatus>(['pending', 'retrying', 'held'])(
    'a retry of an earlier round is not due once a replay is recorded (%s)',
    (status) => {
      const progress = { status, attemptCount: 2, replayedAtMs: 2 };
      expect(isDue(job({ attempt: 3 }), progress)).toBe(false);
      expect(isDue(job({ attempt: 3, replayedAtMs: 1 }), progress)).toBe(false);
      expect(isDue(job({ attempt: 3, replayedAtMs: 2 }), progress)).toBe(true);
    },
  );

  it('the very first attempt stays due once a replay is recorded, to keep its place in a line', () => {
    expect(isDue(job(), { status: 'pending', attemptCount: 0, replayedAtMs: 2 })).toBe(true);
  });
});

describe('a job with a resend request', () => {
  const found = { ...job(), id: job().deliveryId, status: 'dead', attemptCount: 1, resendRequestId: 'before' } as const;
  const replay = withResendRequest(replayJob(found, 7), found);
  const { id } = replay.resendRequest;

  it('a requested job is due if the delivery is unchanged or its row names this request', () => {
    expect(isDue(replay, found)).toBe(true);
    expect(isDue(replay, { ...found, status: 'pending', resendRequestId: id, replayedAtMs: 7 })).toBe(true);
    expect(isDue(replay, { ...found, status: 'held', resendRequestId: id, replayedAtMs: 7 })).toBe(true);
  });

  it.each<DeliveryStatus>(deliveryStatuses)(
    'a requested job is not due if the row names another request (%s)',
    (status) => {
      for (const replayedAtMs of [6, 7])
        expect(isDue(replay, { ...found, status, resendRequestId: 'other', replayedAtMs })).toBe(false);
    },
  );

  it('a requested job is not due if the delivery has ended in another way since', () => {
    expect(isDue(replay, { ...found, status: 'cancelled' })).toBe(false);
    expect(isDue(replay, { ...found, status: 'cancelled', resendRequestId: id, replayedAtMs: 7 })).toBe(false);
  });

  it('a requested job for a delivery without a row is due until the first message is held', () => {
    const { resendRequestId: _, ...rest } = found;
    const withoutRow = { ...rest, status: 'pending', attemptCount: 0 } as const;
    const first = withResendRequest(replayJob(withoutRow, 7), withoutRow);
    expect(isDue(first, undefined)).toBe(true);
    expect(isDue(first, { status: 'held', attemptCount: 0 })).toBe(false);
  });

  it('every resend request has its own id', () => {
    expect(withResendRequest(job(), found).resendRequest.id).not.toBe(id);
  });
});

it('the time of a replay is after that of every earlier replay, whatever the clock says', () => {
  const { deliveryId: id, ...ends } = job();
  const delivery = { ...ends, id, status: 'dead', attemptCount: 2 } as const;
  expect(replayJob(delivery, 7)).toMatchObject({ attempt: 3, roundStart: 3, replayedAtMs: 7 });
  expect(replayJob({ ...delivery, replayedAtMs: 3 }, 7)).toMatchObject({ replayedAtMs: 7 });
  expect(replayJob({ ...delivery, replayedAtMs: 9 }, 7)).toMatchObject({ replayedAtMs: 10 });
});

describe('after an attempt', () => {
  it('a successful attempt ends the delivery', () => {
    expect(nextStep(job(), { kind: 'delivered' }, policy, 0.5)).toEqual({ kind: 'succeeded' });
  });

  it('a failed attempt is retried until the policy has no retries left', () => {
    expect(nextStep(job({ attempt: 1 }), failed, policy, 0.5)).toEqual({ kind: 'retry', delaySeconds: 10 });
    expect(nextStep(job({ attempt: 2 }), failed, policy, 0.5)).toEqual({ kind: 'retry', delaySeconds: 20 });
    expect(nextStep(job({ attempt: 3 }), failed, policy, 0.5)).toEqual({ kind: 'dead', reason: 'retries_exhausted' });
  });

  it('a permanent failure makes a dead letter at once', () => {
    expect(nextStep(job(), { ...failed, failure: 'permanent' }, policy, 0.5)).toEqual({
      kind: 'dead',
      reason: 'permanent_failure',
    });
  });

  it('a failure that the retry rules exclude makes a dead letter at once, with its own reason', () => {
    const onServerErrors = { ...policy, retryOn: retryOnField.parse(['5xx']) };
    expect(nextStep(job(), { ...failed, statusCode: 404 }, onServerErrors, 0.5)).toEqual({
      kind: 'dead',
      reason: 'not_retried',
    });
    expect(nextStep(job(), { ...failed, statusCode: 503 }, onServerErrors, 0.5).kind).toBe('retry');
  });

  it('a replay has all retries of the policy again', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), (roundStart) => {
        const of = (offset: number) => nextStep(job({ roundStart, attempt: roundStart + offset }), failed, policy, 0.5);
        expect([of(0).kind, of(1).kind, of(2).kind]).toEqual(['retry', 'retry', 'dead']);
      }),
    );
  });
});
