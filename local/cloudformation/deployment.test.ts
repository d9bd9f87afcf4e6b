import { describe, expect, it } from 'vitest';
import { code, deployResources, region } from './deployment.fixture.ts';

describe('what the deployment does not support', () => {
  it('a resource type that is neither simulated nor inert stops the start', async () => {
    await expect(deployResources({ Cache: { Type: 'AWS::ElastiCache::CacheCluster' } })).rejects.toThrow(
      'the local stack supports no such resource types: Cache (AWS::ElastiCache::CacheCluster)',
    );
  });

  it('a property that is not honoured stops the start, and the error names resource and property', async () => {
    const Queue = { Type: 'AWS::SQS::Queue', Properties: { FifoQueue: true, VisibilityTimeout: 30 } };
    await expect(deployResources({ Queue })).rejects.toThrow(
      'Queue (AWS::SQS::Queue): the property FifoQueue is not supported by the local stack',
    );
  });

  it('a nested property that is not honoured stops the start', async () => {
    const Method = {
      Type: 'AWS::ApiGateway::Method',
      Properties: {
        RestApiId: { Ref: 'Api' },
        ResourceId: { 'Fn::GetAtt': ['Api', 'RootResourceId'] },
        HttpMethod: 'GET',
        AuthorizationType: 'NONE',
        Integration: {
          Type: 'AWS_PROXY',
          IntegrationHttpMethod: 'POST',
          Uri: 'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:0:function:f/invocations',
          CacheNamespace: 'x',
        },
      },
    };
    await expect(deployResources({ Method })).rejects.toThrow(
      'the property Integration.CacheNamespace is not supported',
    );
  });

  it('a value that cannot be honoured stops the start', async () => {
    const Python = { Type: 'AWS::Lambda::Function', Properties: { ...code, Runtime: 'python3.13' } };
    await expect(deployResources({ Python })).rejects.toThrow(
      /^Python \(AWS::Lambda::Function\): the property Runtime has a value that the local stack does not support/,
    );
  });

  it('an unknown attribute stops the start', async () => {
    const Queue = { Type: 'AWS::SQS::Queue', Properties: { DelaySeconds: { 'Fn::GetAtt': ['Api', 'Colour'] } } };
    await expect(deployResources({ Queue })).rejects.toThrow(
      'not provide the attribute Colour of Api (AWS::ApiGateway::RestApi)',
    );
  });

  it('the error names the resource that a simulator refuses', async () => {
    const Secret = { Type: 'AWS::SecretsManager::Secret', Properties: { Name: 'refused' } };
    await expect(deployResources({ Secret })).rejects.toThrow(
      "Secret (AWS::SecretsManager::Secret) can't be created: refused",
    );
  });
});

describe('names', () => {
  it('names are the same at every start, within the limit of their service, and differ between stacks', async () => {
    const longId = `Q${'u'.repeat(100)}`;
    const queue = { Type: 'AWS::SQS::Queue' };
    const [first, second] = [await deployResources({ [longId]: queue }), await deployResources({ [longId]: queue })];
    const nameOf = ({ calls }: typeof first) => calls.ensureQueue[0]?.name;
    expect(nameOf(first)).toBe(nameOf(second));
    expect(nameOf(first)).toMatch(/^Hawser-Qu+-[A-Z0-9]{12}$/);
    expect(nameOf(first)).toHaveLength(80);
  });

  it('outputs are resolved, and omitted where their condition is false', async () => {
    const { outputs } = await deployResources(
      {},
      {
        Conditions: { Never: { 'Fn::Equals': ['a', 'b'] } },
        Outputs: { Region: { Value: { Ref: 'AWS::Region' } }, Not: { Value: 'x', Condition: 'Never' } },
      },
    );
    expect(outputs).toEqual({ Region: region });
  });

  it('a parameter has its default value; one that AWS would look up has none', async () => {
    const parameters = {
      Name: { Type: 'String', Default: 'bus' },
      Ssm: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/x' },
    };
    const bus = (name: string) => ({ Bus: { Type: 'AWS::Events::EventBus', Properties: { Name: { Ref: name } } } });
    const { calls } = await deployResources(bus('Name'), { Parameters: parameters });
    expect(calls.ensureEventBus).toEqual([{ name: 'bus' }]);
    await expect(deployResources(bus('Ssm'), { Parameters: parameters })).rejects.toThrow(
      'no value for the parameter Ssm',
    );
  });
});
