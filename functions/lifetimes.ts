/**
 * How long the functions live at most, in seconds: the timeouts that `lib/` gives them; and how long they trust what they have
 * read. What must outlast one of these, or end with it, is written as a sum of it.
 */

/** A destination may take 60 s; the rest is for writing the attempts down and for handing the retries over. */
export const DELIVERY_SECONDS = 90;

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html: API Gateway waits no longer. */
export const MANAGEMENT_SECONDS = 29;

/** A step takes a second or two; the rest is for services that are slow to answer. */
export const REPLAY_SECONDS = 30;

/** Two writes of a few milliseconds; senders give up after 10 s or so, so longer would only hide a fault. */
export const INGEST_SECONDS = 15;

/**
 * How long a function instance takes what has been configured (destinations and their circuits, sources, connections, keys) for
 * what it was: a change of it takes so long to reach every running instance.
 */
export const CONFIGURATION_TTL_MS = 5_000;
