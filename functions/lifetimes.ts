/**
 * How long functions live at most, in seconds (`lib/` sets these as their timeouts), and how long they trust what they
 * have read. Anything that must outlast one of these is written as a sum with it.
 */

/** A destination may take 60 s; the rest is for recording the attempts and handing over the retries. */
export const DELIVERY_SECONDS = 90;

/** API Gateway waits no longer: https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html */
export const MANAGEMENT_SECONDS = 29;

/** A step takes a second or two; the rest is for services that are slow to answer. */
export const REPLAY_SECONDS = 30;

/** Two writes of a few milliseconds; senders give up after 10 s or so, so longer would only hide a fault. */
export const INGEST_SECONDS = 15;

/**
 * How long a function instance caches configuration (destinations and their circuits, sources, connections, keys). A
 * change takes this long to reach every running instance.
 */
export const CONFIGURATION_TTL_MS = 5_000;
