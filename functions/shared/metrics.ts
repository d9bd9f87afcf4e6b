export const METRICS_NAMESPACE = 'Hawser';

/**
 * The metrics of the functions. The functions and the alarms in `lib/` share this list, so that they can't drift apart.
 */
export const metricName = {
  /** Webhooks that failed the verification of their source. */
  verificationFailures: 'VerificationFailures',
  /**
   * Failures of Hawser itself, counted at each attempt: messages that come back, and deliveries that stay in their line.
   */
  unprocessed: 'Unprocessed',
} as const;

type MetricName = (typeof metricName)[keyof typeof metricName];

/**
 * Writes a log line that CloudWatch turns into a metric. This needs no call, and costs about $0.2 a million at $0.50 per
 * GB of logs.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 * @param properties can be queried in the log. They are not dimensions: each value of one would be a metric at $0.30 a
 *   month.
 */
export function countMetric(
  name: MetricName,
  properties: Readonly<Record<string, string>>,
  nowMs: number,
  count = 1,
): void {
  const line = {
    // Lambda uses these two fields to drop lines below the configured log level, and treats a line without them as INFO. Metrics
    // must not depend on that level, and no configurable level is above FATAL.
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
  // Not with `console`, whose lines Lambda wraps in JSON of its own.
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/**
 * Counts messages that a function hands back. Lambda considers such an invocation successful, so none of its own metrics
 * shows them.
 */
export function countUnprocessed(messageIds: readonly string[], nowMs: number): void {
  if (messageIds.length > 0) countMetric(metricName.unprocessed, {}, nowMs, messageIds.length);
}
