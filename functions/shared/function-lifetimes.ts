/**
 * How long the functions live at most, in seconds: the timeouts that `lib/` gives them. What must outlast a function, or end
 * with it, is written as a sum of one of these.
 */

/** A destination may take 60 s; the rest is for writing the attempts down and for handing the retries over. */
export const DELIVERY_SECONDS = 90;

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html: API Gateway waits no longer. */
export const MANAGEMENT_SECONDS = 29;

/** A step takes a second or two; the rest is for services that are slow to answer. */
export const REPLAY_SECONDS = 30;

/** Two writes of a few milliseconds; senders give up after 10 s or so, so longer would only hide a fault. */
export const INGEST_SECONDS = 15;
