interface PartialBatchResponse {
  readonly batchItemFailures: { itemIdentifier: string }[];
}

/**
 * The answer of a function that some records of its batch must come back to; the others are done.
 * @param failed ids of messages, or sequence numbers of stream records
 */
export function partialBatchResponse(failed: readonly string[]): PartialBatchResponse {
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
}
