// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html

export const MAX_ENTRIES = 10;
/** Limit for all entries of one request together, since January 2026. */
export const MAX_ENTRIES_BYTES = 1_048_576;
/** Levels of nested JSON. */
export const MAX_DETAIL_DEPTH = 1000;
export const MAX_DETAIL_TYPE_LENGTH = 128;
export const MAX_TARGETS_PER_RULE = 5;
/** How much a `Time` adds to the size of an entry: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html */
export const TIME_BYTES = 14;
