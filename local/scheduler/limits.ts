// https://docs.aws.amazon.com/scheduler/latest/UserGuide/scheduler-quotas.html
// https://docs.aws.amazon.com/scheduler/latest/APIReference/API_Target.html
// https://docs.aws.amazon.com/scheduler/latest/APIReference/API_RetryPolicy.html

export const MAX_INPUT_BYTES = 262_144;
export const MAX_RETRY_ATTEMPTS = 185;
export const MIN_EVENT_AGE_SECONDS = 60;
export const MAX_EVENT_AGE_SECONDS = 86_400;
/** https://docs.aws.amazon.com/scheduler/latest/APIReference/API_ListSchedules.html */
export const MAX_LISTED = 100;
