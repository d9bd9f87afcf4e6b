/**
 * Reads the response of a function to its batch, if `ReportBatchItemFailures` is on: the identifiers that failed, none if all
 * succeeded, or `undefined` if the whole batch counts as failed because the response is malformed or names something that is not
 * in the batch.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
 * https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
 */
export function failedItems(payload: string, batch: ReadonlySet<string>): ReadonlySet<string> | undefined {
  const failures = failuresIn(payload);
  if (!Array.isArray(failures)) return undefined;
  const failed = new Set<string>();
  for (const failure of failures) {
    const identifier = isObject(failure) ? failure.itemIdentifier : undefined;
    if (typeof identifier !== 'string' || !batch.has(identifier)) return undefined;
    failed.add(identifier);
  }
  return failed;
}

/** The list of failures. Nothing, `""`, `[]`, `{}` and a null list count as an empty one. */
function failuresIn(payload: string): unknown {
  const response: unknown = JSON.parse(payload);
  if (response === null || response === '') return [];
  if (Array.isArray(response)) return response.length === 0 ? [] : undefined;
  if (!isObject(response)) return undefined;
  return response.batchItemFailures ?? [];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
