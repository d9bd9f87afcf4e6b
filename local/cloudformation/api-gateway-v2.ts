import * as z from 'zod';
import { lambdaIntegrationUri } from './lambda-integration-uri.ts';
import { stableId } from './names.ts';
import { type ResourceType, resourceType, tags } from './resource-type.ts';

/** The types of https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_ApiGatewayV2.html that make a WebSocket API. */
const api = resourceType({
  type: 'AWS::ApiGatewayV2::Api',
  properties: z.strictObject({
    ProtocolType: z.literal('WEBSOCKET'),
    RouteSelectionExpression: z.literal('$request.body.action'),
  }),
  harmless: { ...tags, Name: 'for people', Description: 'for people' },
  create(_, { logicalId, stackName, webSocketApis, webSocketEndpoint }) {
    const apiId = stableId(`${stackName}/${logicalId}`, 10);
    webSocketApis.addApi(apiId);
    return { ref: apiId, attributes: { ApiId: apiId, ApiEndpoint: webSocketEndpoint } };
  },
});

const integration = resourceType({
  type: 'AWS::ApiGatewayV2::Integration',
  properties: z.strictObject({
    ApiId: z.string(),
    IntegrationType: z.literal('AWS_PROXY'),
    IntegrationMethod: z.literal('POST').optional(),
    IntegrationUri: lambdaIntegrationUri,
  }),
  harmless: { Description: 'for people' },
  create({ ApiId, IntegrationUri }, { logicalId, stackName, webSocketApis }) {
    const integrationId = stableId(`${stackName}/${logicalId}`, 7);
    webSocketApis.addIntegration(ApiId, integrationId, IntegrationUri);
    return { ref: integrationId, attributes: { IntegrationId: integrationId } };
  },
});

const route = resourceType({
  type: 'AWS::ApiGatewayV2::Route',
  properties: z.strictObject({
    ApiId: z.string(),
    RouteKey: z.string(),
    AuthorizationType: z.literal('NONE').optional(),
    ApiKeyRequired: z.literal(false).optional(),
    Target: z
      .templateLiteral(['integrations/', z.string()])
      .transform((target) => target.slice('integrations/'.length)),
  }),
  harmless: { OperationName: 'for people' },
  create({ ApiId, RouteKey, Target }, { logicalId, stackName, webSocketApis }) {
    const routeId = stableId(`${stackName}/${logicalId}`, 7);
    webSocketApis.addRoute(ApiId, RouteKey, Target);
    return { ref: routeId, attributes: { RouteId: routeId } };
  },
});

const stage = resourceType({
  type: 'AWS::ApiGatewayV2::Stage',
  properties: z.strictObject({
    ApiId: z.string(),
    StageName: z.string(),
    // The local stack always serves the API as the template describes it.
    AutoDeploy: z.literal(true),
    DefaultRouteSettings: z
      .strictObject({
        ThrottlingRateLimit: z.number().optional(),
        ThrottlingBurstLimit: z.number().optional(),
        // Logs and metrics of API Gateway itself go to CloudWatch, which doesn't exist here.
        DataTraceEnabled: z.boolean().optional(),
        LoggingLevel: z.string().optional(),
        DetailedMetricsEnabled: z.boolean().optional(),
      })
      .optional(),
  }),
  harmless: { ...tags, AccessLogSettings: 'there is no CloudWatch Logs here', Description: 'for people' },
  create({ ApiId, StageName, DefaultRouteSettings }, { webSocketApis }) {
    const { ThrottlingRateLimit: rateLimit, ThrottlingBurstLimit: burstLimit } = DefaultRouteSettings ?? {};
    webSocketApis.addStage(ApiId, {
      stageName: StageName,
      ...(rateLimit !== undefined && burstLimit !== undefined && { throttle: { rateLimit, burstLimit } }),
    });
    return { ref: StageName };
  },
});

export const apiGatewayV2Types: readonly ResourceType[] = [api, integration, route, stage];
