import { describe, expect, it } from 'vitest';
import { code, deployResources } from './deployment.fixture.ts';

describe('the specs derived from a template', () => {
  it('a queue has every attribute as the API takes it, redrive included', async () => {
    const { calls, resources } = await deployResources({
      Queue: {
        Type: 'AWS::SQS::Queue',
        Properties: {
          VisibilityTimeout: 540,
          SqsManagedSseEnabled: true,
          RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': ['Dead', 'Arn'] }, maxReceiveCount: 6 },
        },
      },
      Dead: { Type: 'AWS::SQS::Queue', Properties: { MessageRetentionPeriod: 1209600 } },
    });
    const deadArn = resources.get('Dead')?.attributes?.Arn;
    expect(calls.ensureQueue.map(({ attributes }) => attributes)).toEqual([
      { MessageRetentionPeriod: '1209600' },
      {
        VisibilityTimeout: '540',
        SqsManagedSseEnabled: 'true',
        RedrivePolicy: JSON.stringify({ deadLetterTargetArn: deadArn, maxReceiveCount: 6 }),
      },
    ]);
  });

  it('a table has its keys, indexes, stream and TTL', async () => {
    const keys = [{ AttributeName: 'pk', KeyType: 'HASH' }];
    const AttributeDefinitions = [{ AttributeName: 'pk', AttributeType: 'S' }];
    const index = { IndexName: 'i', KeySchema: keys, Projection: { ProjectionType: 'KEYS_ONLY' } };
    const { calls } = await deployResources({
      Table: {
        Type: 'AWS::DynamoDB::Table',
        Properties: {
          TableName: 'events',
          AttributeDefinitions,
          KeySchema: keys,
          GlobalSecondaryIndexes: [index],
          StreamSpecification: { StreamViewType: 'NEW_IMAGE' },
          TimeToLiveSpecification: { AttributeName: 'expires_at', Enabled: true },
          BillingMode: 'PAY_PER_REQUEST',
          SSESpecification: { SSEEnabled: true },
        },
      },
    });
    expect(calls.ensureTable).toEqual([
      {
        TableName: 'events',
        AttributeDefinitions,
        KeySchema: keys,
        GlobalSecondaryIndexes: [index],
        StreamSpecification: { StreamViewType: 'NEW_IMAGE' },
        TimeToLiveAttribute: 'expires_at',
      },
    ]);
  });

  it('a function has its code folder, limits and environment', async () => {
    const { calls } = await deployResources({
      Function: {
        Type: 'AWS::Lambda::Function',
        Properties: {
          ...code,
          FunctionName: 'ingest',
          Timeout: 15,
          MemorySize: 512,
          Environment: { Variables: { API: { Ref: 'Api' } } },
          Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
        },
      },
      Role: { Type: 'AWS::IAM::Role' },
    });
    expect(calls.ensureFunction).toEqual([
      {
        name: 'ingest',
        arn: 'arn:aws:lambda:us-east-1:000000000000:function:ingest',
        codeDir: '/assets/code',
        handler: 'index.handler',
        timeoutMs: 15_000,
        memoryMb: 512,
        environment: { API: expect.stringMatching(/^[a-z0-9]{10}$/) },
      },
    ]);
  });

  it('a key has its aliases', async () => {
    const { calls, resources } = await deployResources({
      Key: { Type: 'AWS::KMS::Key', Properties: { EnableKeyRotation: true } },
      Alias: {
        Type: 'AWS::KMS::Alias',
        Properties: { AliasName: 'alias/credentials', TargetKeyId: { 'Fn::GetAtt': ['Key', 'Arn'] } },
      },
    });
    expect(calls.ensureAlias).toEqual([
      { aliasName: 'alias/credentials', keyId: resources.get('Key')?.attributes?.Arn },
    ]);
    expect(resources.get('Alias')?.ref).toBe('alias/credentials');
  });

  it('a rule is on its bus, with its pattern and targets', async () => {
    const { calls, resources } = await deployResources({
      Bus: { Type: 'AWS::Events::EventBus', Properties: { Name: 'operations' } },
      Queue: { Type: 'AWS::SQS::Queue' },
      Rule: {
        Type: 'AWS::Events::Rule',
        Properties: {
          Name: 'dead',
          EventBusName: { Ref: 'Bus' },
          EventPattern: { 'detail-type': ['delivery.dead_lettered'] },
          State: 'ENABLED',
          Targets: [{ Id: 'Target0', Arn: { 'Fn::GetAtt': ['Queue', 'Arn'] } }],
        },
      },
    });
    expect(calls.ensureRule).toEqual([
      {
        name: 'dead',
        eventBusName: 'operations',
        eventPattern: { 'detail-type': ['delivery.dead_lettered'] },
        state: 'ENABLED',
        targets: [{ Id: 'Target0', Arn: resources.get('Queue')?.attributes?.Arn }],
      },
    ]);
    expect(resources.get('Rule')?.ref).toBe('operations|dead');
  });

  it("an event source of a queue has Lambda's defaults for what the template omits", async () => {
    const { eventSourceMappings } = await deployResources({
      Mapping: {
        Type: 'AWS::Lambda::EventSourceMapping',
        Properties: { FunctionName: 'f', EventSourceArn: 'arn:aws:sqs:us-east-1:000000000000:q' },
      },
    });
    expect(eventSourceMappings).toEqual([
      {
        functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:f',
        eventSourceArn: 'arn:aws:sqs:us-east-1:000000000000:q',
        batchSize: 10,
        maximumBatchingWindowMs: 0,
        filterPatterns: [],
        reportBatchItemFailures: false,
      },
    ]);
  });

  it('an event source of a stream has every setting that bounds its retries', async () => {
    const { eventSourceMappings } = await deployResources({
      Mapping: {
        Type: 'AWS::Lambda::EventSourceMapping',
        Properties: {
          FunctionName: 'f',
          EventSourceArn: 'arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/s',
          BatchSize: 100,
          BisectBatchOnFunctionError: true,
          DestinationConfig: { OnFailure: { Destination: 'arn:aws:sqs:us-east-1:000000000000:failures' } },
          FilterCriteria: { Filters: [{ Pattern: '{"eventName":["INSERT"]}' }] },
          FunctionResponseTypes: ['ReportBatchItemFailures'],
          MaximumBatchingWindowInSeconds: 1,
          MaximumRecordAgeInSeconds: 3600,
          MaximumRetryAttempts: 10,
          ParallelizationFactor: 4,
          StartingPosition: 'TRIM_HORIZON',
        },
      },
    });
    expect(eventSourceMappings).toEqual([
      {
        functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:f',
        eventSourceArn: 'arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/s',
        batchSize: 100,
        maximumBatchingWindowMs: 1000,
        filterPatterns: [{ eventName: ['INSERT'] }],
        reportBatchItemFailures: true,
        bisectOnError: true,
        maximumRetryAttempts: 10,
        maximumRecordAgeSeconds: 3600,
        parallelizationFactor: 4,
        startingPosition: 'TRIM_HORIZON',
        onFailureArn: 'arn:aws:sqs:us-east-1:000000000000:failures',
      },
    ]);
  });

  it('a property of the other kind of event source is refused', async () => {
    const Mapping = {
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: { FunctionName: 'f', EventSourceArn: 'arn:aws:sqs:us-east-1:0:q', BisectBatchOnFunctionError: true },
    };
    await expect(deployResources({ Mapping })).rejects.toThrow('BisectBatchOnFunctionError is not supported');
  });

  it('the REST API has its routes by path, gateway responses and throttling', async () => {
    const functionArn = 'arn:aws:lambda:us-east-1:000000000000:function:f';
    const { restApi } = await deployResources({
      In: resource('Api', 'RootResourceId', 'in'),
      Source: resource('In', undefined, '{source_id}'),
      Any: {
        Type: 'AWS::ApiGateway::Method',
        Properties: {
          RestApiId: { Ref: 'Api' },
          ResourceId: { Ref: 'Source' },
          HttpMethod: 'ANY',
          AuthorizationType: 'NONE',
          Integration: {
            Type: 'AWS_PROXY',
            IntegrationHttpMethod: 'POST',
            Uri: `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${functionArn}/invocations`,
          },
        },
      },
      TooLarge: {
        Type: 'AWS::ApiGateway::GatewayResponse',
        Properties: {
          RestApiId: { Ref: 'Api' },
          ResponseType: 'REQUEST_TOO_LARGE',
          StatusCode: '413',
          ResponseTemplates: { 'application/json': '{}' },
          ResponseParameters: { 'gatewayresponse.header.X': "'1'" },
        },
      },
      Stage: {
        Type: 'AWS::ApiGateway::Stage',
        Properties: {
          RestApiId: { Ref: 'Api' },
          DeploymentId: { Ref: 'Deployment' },
          StageName: 'live',
          MethodSettings: [
            { ResourcePath: '/*', HttpMethod: '*', ThrottlingRateLimit: 100, ThrottlingBurstLimit: 200 },
          ],
        },
      },
    });
    expect(restApi).toEqual({
      apiId: expect.stringMatching(/^[a-z0-9]{10}$/),
      binaryMediaTypes: ['*/*'],
      stageName: 'live',
      throttle: { rateLimit: 100, burstLimit: 200 },
      routes: [{ method: 'ANY', path: '/in/{source_id}', functionArn }],
      gatewayResponses: {
        REQUEST_TOO_LARGE: {
          statusCode: '413',
          templates: { 'application/json': '{}' },
          headers: { 'gatewayresponse.header.X': "'1'" },
        },
      },
    });
  });

  it('the WebSocket API has its routes with their functions, its stage, throttling and client URL', async () => {
    const { webSocketApi, outputs } = await deployResources(webSocketApiOf('$connect', '$default'), {
      Outputs: { Url: { Value: { 'Fn::Join': ['/', [{ 'Fn::GetAtt': ['WebSockets', 'ApiEndpoint'] }, 'live']] } } },
    });
    expect(webSocketApi).toEqual({
      apiId: expect.stringMatching(/^[a-z0-9]{10}$/),
      stageName: 'live',
      throttle: { rateLimit: 100, burstLimit: 200 },
      routes: new Map([
        ['$connect', 'arn:aws:lambda:us-east-1:000000000000:function:f'],
        ['$default', 'arn:aws:lambda:us-east-1:000000000000:function:f'],
      ]),
    });
    expect(outputs.Url).toBe('ws://127.0.0.1:4100/live');
  });

  it.each([
    [
      'AWS::ApiGatewayV2::Api',
      { RouteSelectionExpression: '$request.body.type' },
      'RouteSelectionExpression has a value',
    ],
    ['AWS::ApiGatewayV2::Api', { ProtocolType: 'HTTP' }, 'ProtocolType has a value'],
    ['AWS::ApiGatewayV2::Route', { RouteResponseSelectionExpression: '$default' }, 'is not supported'],
    ['AWS::ApiGatewayV2::Route', { AuthorizationType: 'CUSTOM' }, 'AuthorizationType has a value'],
    ['AWS::ApiGatewayV2::Integration', { IntegrationType: 'MOCK' }, 'IntegrationType has a value'],
    ['AWS::ApiGatewayV2::Stage', { AutoDeploy: false }, 'AutoDeploy has a value'],
    ['AWS::ApiGatewayV2::Stage', { StageVariables: { name: 'value' } }, 'StageVariables is not supported'],
  ])('the WebSocket API refuses %s with %o', async (type, property, refusal) => {
    const changed = Object.entries(webSocketApiOf('$connect')).map(([logicalId, resource]) => {
      const Properties = resource.Type === type ? { ...resource.Properties, ...property } : resource.Properties;
      return [logicalId, { ...resource, Properties }];
    });
    await expect(deployResources(Object.fromEntries(changed))).rejects.toThrow(refusal);
  });

  it('a template may have no WebSocket API, but not two', async () => {
    expect((await deployResources({})).webSocketApi).toBeUndefined();
    const { WebSockets } = webSocketApiOf();
    await expect(deployResources({ ...webSocketApiOf(), Another: WebSockets })).rejects.toThrow(
      'serves one WebSocket API',
    );
  });
});

/** As the CDK writes a `WebSocketApi` with a `WebSocketStage`. */
function webSocketApiOf(...routeKeys: string[]): Record<string, { Type: string; Properties: object }> {
  const ApiId = { Ref: 'WebSockets' };
  const functionArn = 'arn:aws:lambda:us-east-1:000000000000:function:f';
  const routes = routeKeys.map((RouteKey) => {
    const Target = { 'Fn::Join': ['', ['integrations/', { Ref: 'Integration' }]] };
    const Properties = { ApiId, RouteKey, AuthorizationType: 'NONE', Target };
    return [`Route${RouteKey.slice(1)}`, { Type: 'AWS::ApiGatewayV2::Route', Properties }];
  });
  return {
    WebSockets: {
      Type: 'AWS::ApiGatewayV2::Api',
      Properties: { Name: 'x', ProtocolType: 'WEBSOCKET', RouteSelectionExpression: '$request.body.action' },
    },
    Integration: {
      Type: 'AWS::ApiGatewayV2::Integration',
      Properties: {
        ApiId,
        IntegrationType: 'AWS_PROXY',
        IntegrationUri: `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${functionArn}/invocations`,
      },
    },
    ...Object.fromEntries(routes),
    WebSocketStage: {
      Type: 'AWS::ApiGatewayV2::Stage',
      Properties: {
        ApiId,
        StageName: 'live',
        AutoDeploy: true,
        AccessLogSettings: { DestinationArn: 'arn:aws:logs:us-east-1:0:log-group:x', Format: '$context.requestId' },
        DefaultRouteSettings: { ThrottlingRateLimit: 100, ThrottlingBurstLimit: 200 },
      },
    },
  };
}

function resource(parent: string, attribute: string | undefined, PathPart: string) {
  const ParentId = attribute === undefined ? { Ref: parent } : { 'Fn::GetAtt': [parent, attribute] };
  return { Type: 'AWS::ApiGateway::Resource', Properties: { RestApiId: { Ref: 'Api' }, ParentId, PathPart } };
}
