/**
 * Limits of the real service, enforced by the embedded one.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
 */

/** Names and values of all attributes of one item together. */
export const MAX_ITEM_BYTES = 400 * 1024;
export const MAX_PARTITION_KEY_BYTES = 2048;
export const MAX_SORT_KEY_BYTES = 1024;
/** How deep lists and maps may nest. */
export const MAX_NESTING_DEPTH = 32;
export const MAX_ATTRIBUTE_NAME_BYTES = 65_535;
/** Length of an expression, in UTF-8 bytes. */
export const MAX_EXPRESSION_BYTES = 4096;

/** Significant decimal digits of a number. */
export const MAX_NUMBER_DIGITS = 38;
/** Largest and smallest power of ten of a number's first digit: 9.9…E+125 and 1E-130. */
export const MAX_NUMBER_MAGNITUDE = 125;
export const MIN_NUMBER_MAGNITUDE = -130;

/** Data read by one page of Query or Scan, before filtering. */
export const MAX_PAGE_BYTES = 1024 * 1024;
export const MAX_BATCH_GET_KEYS = 100;
export const MAX_BATCH_GET_BYTES = 16 * 1024 * 1024;
/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html */
export const MAX_BATCH_GET_PARTITION_BYTES = 1024 * 1024;
export const MAX_BATCH_WRITES = 25;
export const MAX_TRANSACTION_ACTIONS = 100;
export const MAX_TRANSACTION_BYTES = 4 * 1024 * 1024;
/** How long a `ClientRequestToken` makes a repeated TransactWriteItems call idempotent. */
export const TRANSACTION_TOKEN_MS = 10 * 60 * 1000;

/**
 * A time to live that ended longer ago than this is taken for a mistake, and the item is kept.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-before-you-start.html
 */
export const MAX_EXPIRY_AGE_SECONDS = 5 * 365 * 24 * 60 * 60;

export const MAX_GLOBAL_SECONDARY_INDEXES = 20;
/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html */
export const STREAM_RETENTION_MS = 24 * 60 * 60 * 1000;
export const MAX_STREAM_RECORDS_PER_READ = 1000;
export const MAX_STREAM_BYTES_PER_READ = 1024 * 1024;
/** A shard iterator that is not used within 15 minutes expires. */
export const SHARD_ITERATOR_MS = 15 * 60 * 1000;
