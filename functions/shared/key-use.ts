import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiKey } from '../../core/api-key.ts';
import type { ApiKeyStore } from '../stores/config/api-keys.ts';
import { logger } from './logger.ts';

/** Exact enough to find keys that nobody uses, and two write units a key (row and index) in that time at most. */
const PRECISION_MS = 10 * 60_000;
/** The write goes on beside the request's own work; after it, a slow one is waited for no longer than this. */
const MAX_WAIT_MS = 500;

/** Notes when the key was last used. Never fails: that it could not be noted is not the caller's problem. */
export async function noteKeyUse(key: ApiKey, apiKeys: Pick<ApiKeyStore, 'noteUse'>, now: Date): Promise<void> {
  if (key.lastUsedAt !== null && now.getTime() - Date.parse(key.lastUsedAt) < PRECISION_MS) return;
  try {
    await Promise.race([apiKeys.noteUse(key, now), sleep(MAX_WAIT_MS, undefined, { ref: false })]);
  } catch (error) {
    logger.warn('the use of an API key could not be noted', { apiKeyId: key.id, error });
  }
}
