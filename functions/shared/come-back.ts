import type { SQSBatchResponse } from 'aws-lambda';
import { countMetric, metricName } from './metrics.ts';

/**
 * The answer of a function that some messages of its batch must come back to. To Lambda that is a success, of which none of its
 * metrics tells; so they are counted here, in one line for all of them.
 */
export function comeBack(messageIds: readonly string[], nowMs: number): SQSBatchResponse {
  if (messageIds.length > 0) countMetric(metricName.unprocessed, {}, nowMs, messageIds.length);
  return { batchItemFailures: messageIds.map((itemIdentifier) => ({ itemIdentifier })) };
}
