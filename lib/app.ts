import { App, type AppProps, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { parseConfig } from './config.ts';
import { HawserStack } from './hawser-stack.ts';

/**
 * Builds the CDK app: one stack, checked against the AWS Solutions rules at each synthesis. `bin/hawser.ts` calls it without
 * properties (the CLI passes the context in the environment), tests with a context of their own.
 * @throws ConfigError if a `hawser:` context value is unusable
 */
export function hawserApp(props: AppProps = {}): { app: App; stack: HawserStack } {
  const app = new App(props);
  const config = parseConfig(app.node.getAllContext());
  const stack = new HawserStack(app, 'Hawser', config);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return { app, stack };
}
