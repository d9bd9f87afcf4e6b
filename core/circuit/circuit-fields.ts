import * as z from 'zod';
import { notEmpty, notEmptyMessage } from '../fields/shared-fields.ts';
import { type CircuitBreaker, DEFAULT_CIRCUIT_BREAKER, MAX_COOLDOWN_SECONDS } from './circuit.ts';

/** The circuit breaker of a destination in requests. */

const MAX_FAILURE_THRESHOLD = 100;

const fields = {
  enabled: z.boolean(),
  failure_threshold: z
    .int()
    .min(1)
    .max(MAX_FAILURE_THRESHOLD)
    .meta({ description: 'Failures in a row that open the circuit.' }),
  cooldown_seconds: z
    .int()
    .min(1)
    .max(MAX_COOLDOWN_SECONDS)
    .meta({ description: 'Time until the first probe; each failed probe doubles it, up to an hour.' }),
};

const description = 'When deliveries are held because the destination fails.';

/** For a new destination. */
export const circuitBreakerField = z
  .strictObject({
    enabled: fields.enabled.default(DEFAULT_CIRCUIT_BREAKER.enabled),
    failure_threshold: fields.failure_threshold.default(DEFAULT_CIRCUIT_BREAKER.failureThreshold),
    cooldown_seconds: fields.cooldown_seconds.default(DEFAULT_CIRCUIT_BREAKER.cooldownSeconds),
  })
  .meta({ description });
type GivenBreaker = z.output<typeof circuitBreakerField>;

/** For updates. It has no defaults, because omitting a field would then reset it. */
export const circuitBreakerChange = z
  .strictObject(fields)
  .partial()
  .refine(notEmpty, notEmptyMessage)
  .meta({ description: `${description} Fields that are left out stay.`, minProperties: 1 });
type BreakerChange = z.output<typeof circuitBreakerChange>;

export function circuitBreakerOf(given: GivenBreaker): CircuitBreaker {
  const { enabled, failure_threshold: failureThreshold, cooldown_seconds: cooldownSeconds } = given;
  return { enabled, failureThreshold, cooldownSeconds };
}

/** The inverse of `circuitBreakerOf`, for API responses and table rows. */
export function toCircuitBreakerFields({ enabled, failureThreshold, cooldownSeconds }: CircuitBreaker) {
  return { enabled, failure_threshold: failureThreshold, cooldown_seconds: cooldownSeconds };
}

export function changedBreaker(change: BreakerChange, before: CircuitBreaker): CircuitBreaker {
  const {
    enabled = before.enabled,
    failure_threshold: failureThreshold = before.failureThreshold,
    cooldown_seconds: cooldownSeconds = before.cooldownSeconds,
  } = change;
  return { enabled, failureThreshold, cooldownSeconds };
}
