import { MAX_TIMEOUT_SECONDS } from '../../core/destinations/destination-schema.ts';
import { DELIVERY_SECONDS } from '../lifetimes.ts';

/**
 * For how long a function that has begun may start attempts: one that starts later would not have its destination's full timeout
 * and ten seconds to be recorded.
 */
export const TIME_TO_START_MS = (DELIVERY_SECONDS - MAX_TIMEOUT_SECONDS - 10) * 1_000;
