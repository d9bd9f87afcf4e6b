import * as z from 'zod';
import { arn, stableId } from './names.ts';
import { resourceType, tags } from './resource-type.ts';
import { TemplateError } from './template.ts';

/** A pattern is JSON inside the template's JSON. */
const filterPattern = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue('not JSON');
    return z.NEVER;
  }
});

const common = {
  FunctionName: z.string(),
  EventSourceArn: z.string(),
  Enabled: z.boolean().default(true),
  MaximumBatchingWindowInSeconds: z.int().min(0).max(300).default(0),
  FilterCriteria: z.strictObject({ Filters: z.array(z.strictObject({ Pattern: filterPattern })) }).optional(),
  FunctionResponseTypes: z.array(z.literal('ReportBatchItemFailures')).default([]),
};

/** Ranges and defaults: https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html */
const sqsSource = z.strictObject({
  ...common,
  BatchSize: z.int().min(1).max(10_000).default(10),
  ScalingConfig: z.strictObject({ MaximumConcurrency: z.int().min(2).max(1000) }).optional(),
});

const streamSource = z.strictObject({
  ...common,
  BatchSize: z.int().min(1).max(10_000).default(100),
  StartingPosition: z.enum(['TRIM_HORIZON', 'LATEST']),
  BisectBatchOnFunctionError: z.boolean().default(false),
  MaximumRetryAttempts: z.int().min(-1).max(10_000).default(-1),
  MaximumRecordAgeInSeconds: z.int().min(-1).max(604_800).default(-1),
  ParallelizationFactor: z.int().min(1).max(10).default(1),
  DestinationConfig: z.strictObject({ OnFailure: z.strictObject({ Destination: z.string() }) }).optional(),
});

const harmless = { ...tags, KmsKeyArn: 'encrypts the filter patterns, which are in the template anyway' };

const sqsMapping = resourceType({
  type: 'AWS::Lambda::EventSourceMapping',
  properties: sqsSource,
  harmless,
  create(properties, { eventSourceMappings, region, stackName, logicalId }) {
    const { ScalingConfig } = properties;
    if (properties.Enabled) {
      eventSourceMappings.push({
        ...commonPart(properties, region),
        ...(ScalingConfig && { maximumConcurrency: ScalingConfig.MaximumConcurrency }),
      });
    }
    return identity(stackName, logicalId);
  },
});

const streamMapping = resourceType({
  type: 'AWS::Lambda::EventSourceMapping',
  properties: streamSource,
  harmless,
  create(properties, { eventSourceMappings, region, stackName, logicalId }) {
    const onFailureArn = properties.DestinationConfig?.OnFailure.Destination;
    if (properties.Enabled) {
      eventSourceMappings.push({
        ...commonPart(properties, region),
        bisectOnError: properties.BisectBatchOnFunctionError,
        maximumRetryAttempts: properties.MaximumRetryAttempts,
        maximumRecordAgeSeconds: properties.MaximumRecordAgeInSeconds,
        parallelizationFactor: properties.ParallelizationFactor,
        startingPosition: properties.StartingPosition,
        ...(onFailureArn !== undefined && { onFailureArn }),
      });
    }
    return identity(stackName, logicalId);
  },
});

/** One CloudFormation type, but its properties depend on the kind of event source. */
export const eventSourceMapping = resourceType({
  type: 'AWS::Lambda::EventSourceMapping',
  properties: z.looseObject({ EventSourceArn: z.string() }),
  create(properties, creation) {
    const service = serviceOf(properties.EventSourceArn);
    if (service === 'sqs') return sqsMapping.create(properties, creation);
    if (service === 'dynamodb') return streamMapping.create(properties, creation);
    throw new TemplateError(`${creation.logicalId}: the local stack has no event source ${properties.EventSourceArn}`);
  },
});

/** `sqs`, `dynamodb`, …: the third part of an ARN. */
export function serviceOf(resourceArn: string): string | undefined {
  return resourceArn.split(':')[2];
}

function commonPart(properties: z.infer<typeof sqsSource> | z.infer<typeof streamSource>, region: string) {
  const { FunctionName } = properties;
  return {
    functionArn: FunctionName.startsWith('arn:') ? FunctionName : arn('lambda', region, `function:${FunctionName}`),
    eventSourceArn: properties.EventSourceArn,
    batchSize: properties.BatchSize,
    maximumBatchingWindowMs: properties.MaximumBatchingWindowInSeconds * 1000,
    filterPatterns: (properties.FilterCriteria?.Filters ?? []).map((filter) => filter.Pattern),
    reportBatchItemFailures: properties.FunctionResponseTypes.length > 0,
  };
}

function identity(stackName: string, logicalId: string): { ref: string; attributes: Record<string, string> } {
  const id = stableId(`${stackName}/${logicalId}`, 36);
  return { ref: id, attributes: { Id: id } };
}
