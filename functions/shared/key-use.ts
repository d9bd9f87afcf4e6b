import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiKey } from '../../core/access/api-key.ts';
import type { ApiKeyStore } from '../stores/config/api-keys.ts';
import { logger } from './logger.ts';

/** Precise enough to find unused keys, at a cost of at most two write units (row and index) per key and interval. */
const PRECISION_MS = 10 * 60_000;
/** The write runs beside the work of the request, which waits no longer than this for a slow one. */
const MAX_WAIT_MS = 500;

/** Records when the key was last used. Never throws: a failure to record it must not fail the request. */
export async function noteKeyUse(key: ApiKey, apiKeys: Pick<ApiKeyStore, 'noteUse'>, now: Date): Promise<void> {
  if (key.lastUsedAt !== null && now.getTime() - Date.parse(key.lastUsedAt) < PRECISION_MS) return;
  try {
    await Promise.race([apiKeys.noteUse(key, now), sleep(MAX_WAIT_MS, undefined, { ref: false })]);
  } catch (error) {
    logger.warn('the use of an API key could not be noted', { apiKeyId: key.id, error });
  }
}
