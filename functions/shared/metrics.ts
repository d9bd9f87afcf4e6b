/**
 * Counts something that has happened once, as a line of the log from which CloudWatch makes a metric: no call, and some $0.2 a
 * million at $0.50 per GB of logs.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 * @param properties found by a query of the log; no dimensions, each value of which would be a metric at $0.30 a month
 */
export function countMetric(name: string, properties: Readonly<Record<string, string>>, nowMs: number): void {
  const line = {
    _aws: {
      Timestamp: nowMs,
      CloudWatchMetrics: [
        { Namespace: 'Hawser', Dimensions: [['FunctionName']], Metrics: [{ Name: name, Unit: 'Count' }] },
      ],
    },
    FunctionName: process.env.AWS_LAMBDA_FUNCTION_NAME ?? 'hawser',
    ...properties,
    [name]: 1,
  };
  // Not by the console, whose lines Lambda wraps in JSON of its own.
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
