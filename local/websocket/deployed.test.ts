import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { variable } from '../../functions/shared/environment.ts';
import type { Assembly } from '../cloudformation/assembly.ts';
import { parseTemplate } from '../cloudformation/template.ts';
import { call } from '../gateway/client.fixture.ts';
import { LocalStack } from '../stack.ts';
import { temporaryFolder } from '../testing/start-stack.ts';
import { TestClient } from '../testing/web-sockets.ts';

/** Admits clients with the key, answers each message through the management API, and tells a watcher when a client has gone. */
const SOURCE = `
  import http from 'node:http';
  import { ApiGatewayManagementApiClient, GoneException, PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi';

  const management = new ApiGatewayManagementApiClient();
  const post = (ConnectionId, Data) => management.send(new PostToConnectionCommand({ ConnectionId, Data }));
  let watcher;
  let gone;

  async function answerTo(text, connectionId) {
    switch (text) {
      case 'watch': watcher = connectionId; return 'watching';
      case 'endpoint': return process.env.AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI;
      case 'in process?': return String(!(http.request(process.env.AWS_ENDPOINT_URL, (response) => response.resume()).end() instanceof http.ClientRequest));
      case 'gone?': return post(gone, 'x').catch((error) => String(error instanceof GoneException));
      default: return text;
    }
  }

  export const handler = async ({ requestContext: { eventType, connectionId }, queryStringParameters, body }) => {
    if (eventType === 'CONNECT') return { statusCode: queryStringParameters?.key === 'right' ? 200 : 401 };
    if (eventType === 'MESSAGE') await post(connectionId, await answerTo(body, connectionId));
    if (eventType === 'DISCONNECT') {
      gone = connectionId;
      // The watcher may have gone before.
      if (watcher) await post(watcher, 'gone').catch(() => {});
    }
    return { statusCode: 200 };
  };`;

const functionArn = { 'Fn::GetAtt': ['Function', 'Arn'] };
const webSockets = { Ref: 'WebSockets' };

/** The least that the stack can run, with a WebSocket API in the form that the CDK writes. */
const template = parseTemplate({
  Resources: {
    Api: { Type: 'AWS::ApiGateway::RestApi' },
    Deployment: { Type: 'AWS::ApiGateway::Deployment', Properties: { RestApiId: { Ref: 'Api' } } },
    Stage: {
      Type: 'AWS::ApiGateway::Stage',
      Properties: { RestApiId: { Ref: 'Api' }, DeploymentId: { Ref: 'Deployment' }, StageName: 'live' },
    },
    RootKey: { Type: 'AWS::SecretsManager::Secret', Properties: { SecretString: 'root' } },
    Function: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        Code: { S3Bucket: 'assets', S3Key: 'code.zip' },
        Handler: 'index.handler',
        Runtime: 'nodejs24.x',
        Environment: {
          Variables: {
            [variable.rootKeySecretArn]: { Ref: 'RootKey' },
            AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI: {
              'Fn::Join': [
                '',
                ['https://', webSockets, '.execute-api.', { Ref: 'AWS::Region' }, '.amazonaws.com/live'],
              ],
            },
          },
        },
      },
    },
    WebSockets: {
      Type: 'AWS::ApiGatewayV2::Api',
      Properties: { Name: 'x', ProtocolType: 'WEBSOCKET', RouteSelectionExpression: '$request.body.action' },
    },
    Integration: {
      Type: 'AWS::ApiGatewayV2::Integration',
      Properties: {
        ApiId: webSockets,
        IntegrationType: 'AWS_PROXY',
        IntegrationUri: {
          'Fn::Join': [
            '',
            ['arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/', functionArn, '/invocations'],
          ],
        },
      },
    },
    ...Object.fromEntries(['connect', 'disconnect', 'default'].map((name) => [name, route(`$${name}`)])),
    Live: {
      Type: 'AWS::ApiGatewayV2::Stage',
      Properties: { ApiId: webSockets, StageName: 'live', AutoDeploy: true },
    },
  },
  Outputs: {
    WebSocketUrl: { Value: { 'Fn::Join': ['/', [{ 'Fn::GetAtt': ['WebSockets', 'ApiEndpoint'] }, 'live']] } },
  },
});

function route(RouteKey: string): object {
  const Target = { 'Fn::Join': ['', ['integrations/', { Ref: 'Integration' }]] };
  return { Type: 'AWS::ApiGatewayV2::Route', Properties: { ApiId: webSockets, RouteKey, Target } };
}

describe.each(['in-process', 'http'] as const)('a deployed WebSocket API, with functions that send %s', (transport) => {
  const folder = temporaryFolder('websockets');
  let stack: LocalStack;
  let url: string;

  beforeAll(async () => {
    await build({
      stdin: { contents: SOURCE, resolveDir: import.meta.dirname },
      outfile: join(folder.path, 'code', 'index.mjs'),
      bundle: true,
      platform: 'node',
      format: 'esm',
      mainFields: ['module', 'main'],
    });
    const assetPaths = new Map([['code.zip', join(folder.path, 'code')]]);
    const assembly: Assembly = { stackName: 'WebSockets', template, assetPaths };
    const dataDir = join(folder.path, 'data');
    stack = await LocalStack.start({ dataDir, assembly: () => assembly, apiPort: 0, awsPort: 0, transport });
    url = stack.outputs.WebSocketUrl ?? '';
  });
  afterAll(async () => {
    await stack.close();
    folder.remove();
  });

  it('the WebSocket API is on the port of the REST API, whose requests it leaves alone', async () => {
    expect(url).toBe(`${stack.apiUrl.replace('http:', 'ws:')}/live`);
    expect(stack.webSocketUrl).toBe(url);
    const port = Number(new URL(stack.apiUrl).port);
    // This is what `curl --http2` offers to servers that it doesn't know.
    const headers = { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': '' };
    const responses = [await call(port, 'POST', '/in/src_1', { headers, body: 'x' }), await call(port, 'GET', '/live')];
    for (const { body } of responses) expect(body.toString()).toContain('Missing Authentication Token');
  });

  it('a client is admitted if the function admits it', async () => {
    await expect(TestClient.connect(`${url}?key=wrong`)).rejects.toThrow('Unexpected server response: 401');
    const client = await TestClient.connect(`${url}?key=right`);
    client.webSocket.terminate();
  });

  it('the function can send to its clients', async () => {
    const client = await TestClient.connect(`${url}?key=right`);
    const responses: string[] = [];
    for (const text of ['hello', 'endpoint', 'in process?']) {
      client.send(text);
      responses.push(await client.next());
    }
    expect(responses).toEqual(['hello', `${stack.awsEndpointUrl}/live`, String(transport === 'in-process')]);
    client.webSocket.terminate();
  });

  it('the function is invoked when a client disconnects, and can no longer send to it', async () => {
    const watcher = await TestClient.connect(`${url}?key=right`);
    watcher.send('watch');
    expect(await watcher.next()).toBe('watching');
    const client = await TestClient.connect(`${url}?key=right`);
    client.webSocket.close();
    expect(await watcher.next()).toBe('gone');
    watcher.send('gone?');
    expect(await watcher.next()).toBe('true');
  });

  it('connections end with 1001 when the stack stops', async () => {
    const client = await TestClient.connect(`${url}?key=right`);
    await stack.close();
    expect(await client.closed).toEqual({ code: 1001, reason: 'Going away' });
  });
});
