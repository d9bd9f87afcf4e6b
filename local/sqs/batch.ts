import { AwsError } from '../wire/aws-error.ts';
import { queryCode } from './errors.ts';
import { MAX_BATCH_ENTRIES } from './limits.ts';

interface BatchFailure {
  readonly Id: string;
  readonly SenderFault: boolean;
  readonly Code: string;
  readonly Message: string;
}

interface BatchResult {
  readonly Successful: readonly object[];
  /** Left out if nothing failed, as the service does. */
  readonly Failed?: readonly BatchFailure[];
}

/**
 * Makes the checks that the service makes on every batch before it looks at the entries. @throws AwsError for the whole request
 */
export function validateBatch(entries: readonly { readonly Id: string }[]): void {
  if (entries.length === 0) {
    throw new AwsError(
      'EmptyBatchRequest',
      'There should be at least one SendMessageBatchRequestEntry in the request.',
    );
  }
  if (entries.length > MAX_BATCH_ENTRIES) {
    throw new AwsError(
      'TooManyEntriesInBatchRequest',
      `Maximum number of entries per request are ${MAX_BATCH_ENTRIES}. You have sent ${entries.length}.`,
    );
  }
  const seen = new Set<string>();
  for (const { Id } of entries) {
    if (!/^[A-Za-z0-9_-]{1,80}$/.test(Id)) {
      throw new AwsError(
        'InvalidBatchEntryId',
        'A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.',
      );
    }
    if (seen.has(Id)) throw new AwsError('BatchEntryIdsNotDistinct', `Id ${Id} repeated.`);
    seen.add(Id);
  }
}

/**
 * Runs `check` for each entry and then `apply` once with those that passed, so that a batch is one write. If `check` throws an
 * `AwsError`, only its entry fails. `apply` returns one object for each entry, to which the entry's id is added.
 */
export async function runBatch<E extends { readonly Id: string }>(
  entries: readonly E[],
  check: (entry: E) => void,
  apply: (entries: readonly E[]) => Promise<readonly object[]>,
): Promise<BatchResult> {
  validateBatch(entries);
  const passed: E[] = [];
  const failed: BatchFailure[] = [];
  for (const entry of entries) {
    try {
      check(entry);
      passed.push(entry);
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      failed.push({ Id: entry.Id, SenderFault: error.status < 500, Code: queryCode(error), Message: error.message });
    }
  }
  const results = passed.length > 0 ? await apply(passed) : [];
  const successful = results.map((result, i) => ({ Id: passed[i]?.Id, ...result }));
  return failed.length > 0 ? { Successful: successful, Failed: failed } : { Successful: successful };
}
