export const METRICS_NAMESPACE = 'Hawser';

/**
 * The metrics of the functions. The functions and the alarms in `lib/` share this list, so that they can't drift apart.
 */
export const metricName = {
  /** Webhooks that failed the verification of their source. */
  verificationFailures: 'VerificationFailures',
  /**
   * Failures of Hawser itself, counted at each try: messages that come back, and deliveries that stay in their line.
   */
  unprocessed: 'Unprocessed',
} as const;

type MetricName = (typeof metricName)[keyof typeof metricName];

/**
 * Writes a log line from which CloudWatch makes a metric: it needs no call, and costs about $0.2 a million at $0.50 per
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
    // By these two fields Lambda drops lines below the configured log level, and it takes a line without them for INFO. Metrics must not
    // depend on that level, and no configurable level is above FATAL.
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
  // Not by `console`, whose lines Lambda wraps in JSON of its own.
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/**
 * Counts messages that a function hands back. Lambda takes such an invocation for a success, so none of its own metrics
 * shows them.
 */
export function countUnprocessed(messageIds: readonly string[], nowMs: number): void {
  if (messageIds.length > 0) countMetric(metricName.unprocessed, {}, nowMs, messageIds.length);
}
