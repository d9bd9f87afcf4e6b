interface PartialBatchResponse {
  readonly batchItemFailures: { itemIdentifier: string }[];
}

/**
 * The response of a function to a batch: the failed records come back, the others are done.
 * @param failed ids of messages, or sequence numbers of stream records
 */
export function partialBatchResponse(failed: readonly string[]): PartialBatchResponse {
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
}
