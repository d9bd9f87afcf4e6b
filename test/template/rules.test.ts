import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { aws_sqs as sqs } from 'aws-cdk-lib';
import { expect, test, vi } from 'vitest';
import * as z from 'zod';
import { hawserApp } from '../../lib/app.ts';
import { cliContext } from './support.ts';

const reportSchema = z.object({
  pluginReports: z.array(z.object({ pluginName: z.string(), violations: z.array(z.object({ ruleName: z.string() })) })),
});

/** The rules that the template breaks, warnings included: CloudFormation's rules for resources, and those of AWS Solutions. */
function brokenRules({ app }: Pick<ReturnType<typeof hawserApp>, 'app'>): string[] {
  vi.spyOn(console, 'error').mockImplementation(() => {});
  try {
    app.synth();
  } catch (error) {
    // The report is written all the same.
    expect(error).toHaveProperty('name', 'ValidationFailed');
  }
  const report = reportSchema.parse(JSON.parse(readFileSync(join(app.outdir, 'validation-report.json'), 'utf8')));
  return report.pluginReports.flatMap(({ pluginName, violations }) =>
    violations.map(({ ruleName }) => `${pluginName}: ${ruleName}`),
  );
}

const hawserWith = (settings: object) => {
  const context = Object.fromEntries(Object.entries(settings).map(([key, value]) => [`hawser:${key}`, value]));
  return hawserApp({ context: cliContext(context), analyticsReporting: false });
};

test.each([
  ['the defaults', {}],
  [
    'everything turned on',
    { tracing: true, accessLogs: true, alarmEmail: 'ops@example.com', removalPolicy: 'destroy' },
  ],
  ['no dashboard', { dashboard: false }],
  [
    'a domain name of its own',
    {
      publicUrl: 'https://hawser.example.com',
      certificateArn: 'arn:aws:acm:us-east-1:111122223333:certificate/0f1e2d3c',
    },
  ],
  ['the stack on one machine', { destinationNetwork: 'loopback', publicUrl: 'http://127.0.0.1:4100' }],
])('the rules of CloudFormation and AWS Solutions find nothing with %s', (_, settings) => {
  expect(brokenRules(hawserWith(settings))).toEqual([]);
});

test('a queue that breaks rules of both is reported', () => {
  const app = hawserWith({});
  new sqs.CfnQueue(app.stack, 'Wrong', { visibilityTimeout: 43_201 });
  expect(brokenRules(app)).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^CloudFormation Validate: /),
      expect.stringMatching(/AwsSolutions-SQS[34]/),
    ]),
  );
});
