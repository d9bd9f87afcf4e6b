import * as z from 'zod';
import { lambdaIntegrationUri } from './lambda-integration-uri.ts';
import { physicalName, stableId } from './names.ts';
import { type Creation, type ResourceType, resourceType, tags } from './resource-type.ts';

/** The types of https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_ApiGateway.html that make a Lambda proxy. */
const restApi = resourceType({
  type: 'AWS::ApiGateway::RestApi',
  properties: z.strictObject({ BinaryMediaTypes: z.array(z.string()).default([]) }),
  harmless: {
    ...tags,
    Name: 'for people',
    Description: 'for people',
    EndpointConfiguration: 'where AWS would put the endpoint; here it is on loopback',
    EndpointAccessMode: 'which host names AWS would accept',
    SecurityPolicy: 'which TLS AWS would accept; on loopback there is none',
  },
  create({ BinaryMediaTypes }, { logicalId, stackName, restApis }) {
    const apiId = stableId(`${stackName}/${logicalId}`, 10);
    return { ref: apiId, attributes: { RestApiId: apiId, RootResourceId: restApis.addApi(apiId, BinaryMediaTypes) } };
  },
});

const resource = resourceType({
  type: 'AWS::ApiGateway::Resource',
  properties: z.strictObject({ RestApiId: z.string(), ParentId: z.string(), PathPart: z.string() }),
  create({ ParentId, PathPart }, { logicalId, stackName, restApis }) {
    const resourceId = stableId(`${stackName}/${logicalId}`, 6);
    restApis.addResource(resourceId, ParentId, PathPart);
    return { ref: resourceId, attributes: { ResourceId: resourceId } };
  },
});

const method = resourceType({
  type: 'AWS::ApiGateway::Method',
  properties: z.strictObject({
    RestApiId: z.string(),
    ResourceId: z.string(),
    HttpMethod: z.string(),
    AuthorizationType: z.literal('NONE'),
    ApiKeyRequired: z.literal(false).optional(),
    Integration: z.strictObject({
      Type: z.literal('AWS_PROXY'),
      IntegrationHttpMethod: z.literal('POST'),
      Uri: lambdaIntegrationUri,
    }),
  }),
  create({ RestApiId, ResourceId, HttpMethod, Integration }, { logicalId, restApis }) {
    restApis.addMethod(RestApiId, ResourceId, HttpMethod, Integration.Uri);
    return { ref: logicalId };
  },
});

const gatewayResponse = resourceType({
  type: 'AWS::ApiGateway::GatewayResponse',
  properties: z.strictObject({
    RestApiId: z.string(),
    ResponseType: z.string(),
    StatusCode: z.string().optional(),
    ResponseTemplates: z.record(z.string(), z.string()).optional(),
    ResponseParameters: z.record(z.string(), z.string()).optional(),
  }),
  create({ RestApiId, ResponseType, StatusCode, ResponseTemplates, ResponseParameters }, { logicalId, restApis }) {
    restApis.addGatewayResponse(RestApiId, ResponseType, {
      ...(StatusCode !== undefined && { statusCode: StatusCode }),
      ...(ResponseTemplates && { templates: ResponseTemplates }),
      ...(ResponseParameters && { headers: ResponseParameters }),
    });
    return { ref: logicalId, attributes: { Id: logicalId } };
  },
});

/** A snapshot of the API for a stage to serve. The local stack always serves the API as the template describes it. */
const deployment = resourceType({
  type: 'AWS::ApiGateway::Deployment',
  properties: z.strictObject({ RestApiId: z.string() }),
  harmless: { Description: 'for people' },
  create(_, { logicalId, stackName }: Creation) {
    const deploymentId = stableId(physicalName(stackName, logicalId), 6);
    return { ref: deploymentId, attributes: { DeploymentId: deploymentId } };
  },
});

const stage = resourceType({
  type: 'AWS::ApiGateway::Stage',
  properties: z.strictObject({
    RestApiId: z.string(),
    DeploymentId: z.string(),
    StageName: z.string(),
    Variables: z.record(z.string(), z.string()).optional(),
    MethodSettings: z
      .tuple([
        z.strictObject({
          // One setting for all methods: differences between methods are not simulated.
          ResourcePath: z.literal('/*'),
          HttpMethod: z.literal('*'),
          ThrottlingRateLimit: z.number().optional(),
          ThrottlingBurstLimit: z.number().optional(),
          // Logs and metrics of API Gateway itself go to CloudWatch, which doesn't exist here.
          DataTraceEnabled: z.boolean().optional(),
          LoggingLevel: z.string().optional(),
          MetricsEnabled: z.boolean().optional(),
        }),
      ])
      .optional(),
  }),
  harmless: {
    ...tags,
    AccessLogSetting: 'there is no CloudWatch Logs here',
    Description: 'for people',
    TracingEnabled: 'there is no X-Ray here',
  },
  create({ RestApiId, StageName, Variables, MethodSettings }, { restApis }) {
    const rateLimit = MethodSettings?.[0].ThrottlingRateLimit;
    const burstLimit = MethodSettings?.[0].ThrottlingBurstLimit;
    restApis.addStage(RestApiId, {
      stageName: StageName,
      ...(Variables && { stageVariables: Variables }),
      ...(rateLimit !== undefined && burstLimit !== undefined && { throttle: { rateLimit, burstLimit } }),
    });
    return { ref: StageName };
  },
});

export const apiGatewayTypes: readonly ResourceType[] = [restApi, resource, method, gatewayResponse, deployment, stage];
