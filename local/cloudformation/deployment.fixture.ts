import { deploy } from './deployment.ts';
import { fakeFactories } from './factories.fixture.ts';
import { parseTemplate } from './template.ts';

export const region = 'us-east-1';
export const target = { region, webSocketEndpoint: 'ws://127.0.0.1:4100' };

/** The least that a stack must have: an API with a stage. */
export const api = {
  Api: { Type: 'AWS::ApiGateway::RestApi', Properties: { Name: 'Api', BinaryMediaTypes: ['*/*'] } },
  Deployment: { Type: 'AWS::ApiGateway::Deployment', Properties: { RestApiId: { Ref: 'Api' } } },
  Stage: {
    Type: 'AWS::ApiGateway::Stage',
    Properties: { RestApiId: { Ref: 'Api' }, DeploymentId: { Ref: 'Deployment' }, StageName: 'live' },
  },
};

/** For tests: deploys these resources beside an API, with factories that only record the calls. */
export function deployResources(resources: Record<string, unknown>, rest: Record<string, unknown> = {}) {
  const { calls, factories } = fakeFactories();
  const template = parseTemplate({ ...rest, Resources: { ...api, ...resources } });
  const assembly = { stackName: 'Hawser', template, assetPaths: new Map([['code.zip', '/assets/code']]) };
  return deploy(assembly, target, factories).then((deployment) => ({ ...deployment, calls }));
}

/** What every function needs. */
export const code = {
  Code: { S3Bucket: 'assets', S3Key: 'code.zip' },
  Handler: 'index.handler',
  Runtime: 'nodejs24.x',
};
