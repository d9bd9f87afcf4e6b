import { AwsSolutionsChecks } from 'cdk-nag';
import { expect, test } from 'vitest';
import { hawserApp } from '../../lib/app.ts';
import { cliContext } from './support.ts';

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
])('the AWS Solutions rules have nothing to say about %s', (_, settings) => {
  const context = Object.fromEntries(Object.entries(settings).map(([key, value]) => [`hawser:${key}`, value]));
  const { app } = hawserApp({ context: cliContext(context), analyticsReporting: false });
  const report = new AwsSolutionsChecks(app).validateScope(app);
  expect(report.violations).toEqual([]);
});
