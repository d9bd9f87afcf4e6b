export const METRICS_NAMESPACE = 'Hawser';

/** What the functions count. One list for them and the alarms in `lib/`, so that they can't drift apart. */
export const metricName = {
  /** Webhooks that are not from the sender of their source. */
  verificationFailures: 'VerificationFailures',
  /** What Hawser itself failed on, at each try: messages that come back, and deliveries that stay in their line. */
  unprocessed: 'Unprocessed',
} as const;

type MetricName = (typeof metricName)[keyof typeof metricName];

/**
 * Counts what has happened, as a line of the log from which CloudWatch makes a metric: no call, and some $0.2 a million at $0.50
 * per GB of logs.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 * @param properties found by a query of the log; no dimensions, each value of which would be a metric at $0.30 a month
 */
export function countMetric(
  name: MetricName,
  properties: Readonly<Record<string, string>>,
  nowMs: number,
  count = 1,
): void {
  const line = {
    // Lambda leaves out of the log what is below the stack's log level, by these two fields; a line without them is INFO. No metric
    // may depend on that level, and this one is above all that can be configured.
    // https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
    level: 'FATAL',
    timestamp: new Date(nowMs).toISOString(),
    _aws: {
      Timestamp: nowMs,
      CloudWatchMetrics: [
        { Namespace: METRICS_NAMESPACE, Dimensions: [['FunctionName']], Metrics: [{ Name: name, Unit: 'Count' }] },
      ],
    },
    FunctionName: process.env.AWS_LAMBDA_FUNCTION_NAME ?? 'hawser',
    ...properties,
    [name]: count,
  };
  // Not by the console, whose lines Lambda wraps in JSON of its own.
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** Messages that a function hands back. To Lambda that is a success, of which none of its metrics tells. */
export function countUnprocessed(messageIds: readonly string[], nowMs: number): void {
  if (messageIds.length > 0) countMetric(metricName.unprocessed, {}, nowMs, messageIds.length);
}
