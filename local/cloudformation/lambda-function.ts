import * as z from 'zod';
import { arn } from './names.ts';
import { resourceType, tags } from './resource-type.ts';

/** Lambda's own defaults: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-function.html */
const defaultTimeoutSeconds = 3;
const defaultMemoryMb = 128;

export const lambdaFunction = resourceType({
  type: 'AWS::Lambda::Function',
  properties: z.strictObject({
    FunctionName: z.string().optional(),
    Code: z.strictObject({ S3Bucket: z.string(), S3Key: z.string() }),
    Handler: z.string(),
    // The worker threads run on the same Node as this process, which `npm start` pins to that major version.
    Runtime: z.literal('nodejs24.x'),
    Timeout: z.int().default(defaultTimeoutSeconds),
    MemorySize: z.int().default(defaultMemoryMb),
    Environment: z.strictObject({ Variables: z.record(z.string(), z.string()) }).optional(),
    ReservedConcurrentExecutions: z.int().positive().optional(),
    // Nothing here counts hops. So a loop that is allowed works, and nobody may rely on one being stopped as on AWS.
    RecursiveLoop: z.literal(['Allow', 'Terminate']).optional(),
  }),
  harmless: {
    ...tags,
    Architectures: 'JavaScript alone is in the bundle',
    Description: 'for people',
    LoggingConfig: 'log lines go where the runner writes them, system log lines are its own',
    Role: 'the local endpoint checks no permissions',
    TracingConfig: 'there is no X-Ray here',
  },
  create(properties, { factories, physicalName, region, assetPath, functionEnvironments }) {
    const name = properties.FunctionName ?? physicalName();
    const functionArn = arn('lambda', region, `function:${name}`);
    const environment = properties.Environment?.Variables ?? {};
    functionEnvironments.set(functionArn, environment);
    factories.runner.ensureFunction({
      name,
      arn: functionArn,
      codeDir: assetPath(properties.Code.S3Key),
      handler: properties.Handler,
      timeoutMs: properties.Timeout * 1000,
      memoryMb: properties.MemorySize,
      environment,
      ...(properties.ReservedConcurrentExecutions !== undefined && {
        maxConcurrency: properties.ReservedConcurrentExecutions,
      }),
    });
    return { ref: name, attributes: { Arn: functionArn } };
  },
});
