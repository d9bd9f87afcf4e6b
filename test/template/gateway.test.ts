import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { SynthesizedTemplate } from './support.ts';

const template = new SynthesizedTemplate();
const api = template.one('AWS::ApiGateway::RestApi');
const stage = template.one('AWS::ApiGateway::Stage');

/** The path of a resource, from its parts up to the root. */
function pathOf(reference: unknown): string {
  const resource = template.target(reference);
  if (resource.type === 'AWS::ApiGateway::RestApi') return '';
  return `${pathOf(resource.properties.ParentId)}/${resource.properties.PathPart}`;
}

describe('the API', () => {
  test('the API passes bytes through unchanged: every media type is binary, nothing is compressed', () => {
    expect(api.properties.BinaryMediaTypes).toEqual(['*/*']);
    expect(api.properties).not.toHaveProperty('MinimumCompressionSize');
  });

  test('the API requires at least TLS 1.2 with forward secrecy', () => {
    expect(api.properties.SecurityPolicy).toBe('SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09');
    expect(api.properties.EndpointAccessMode).toBe('STRICT');
  });

  test('the API throttles, and caches nothing', () => {
    expect(stage.properties.MethodSettings).toMatchObject([
      { HttpMethod: '*', ResourcePath: '/*', ThrottlingRateLimit: 5_000, ThrottlingBurstLimit: 2_500 },
    ]);
    expect(JSON.stringify(stage.properties)).not.toMatch(/Cach(e|ing)/);
  });

  test('the API logs no payloads, and has an access log only if configured', () => {
    expect(stage.properties.MethodSettings).toMatchObject([{ LoggingLevel: 'OFF', DataTraceEnabled: false }]);
    expect(stage.properties).not.toHaveProperty('AccessLogSetting');
    const logged = new SynthesizedTemplate({ 'hawser:accessLogs': true });
    const setting = z
      .object({ DestinationArn: z.unknown(), Format: z.string() })
      .parse(logged.one('AWS::ApiGateway::Stage').properties.AccessLogSetting);
    expect(JSON.parse(setting.Format)).toMatchObject({
      latencyMs: '$context.responseLatency',
      integrationError: '$context.integrationErrorMessage',
    });
    // Queries and full paths may contain what gives access.
    expect(setting.Format).not.toMatch(/context\.path|querystring/i);
    expect(logged.target(setting.DestinationArn).properties.RetentionInDays).toBe(30);
  });

  test('the API routes every method and path to ingest or management unchanged', () => {
    const routes = template.ofType('AWS::ApiGateway::Method').map(({ properties }) => {
      const integration = z.object({ Type: z.string(), Uri: z.unknown() }).parse(properties.Integration);
      expect(integration.Type).toBe('AWS_PROXY');
      const ids = JSON.stringify(integration.Uri);
      const target = template.ofType('AWS::Lambda::Function').find(({ id }) => ids.includes(id));
      return [properties.HttpMethod, pathOf(properties.ResourceId), target?.id.replace(/Function[0-9A-F]{8}$/, '')];
    });
    expect(routes.sort()).toEqual([
      ['ANY', '/in/{source_id}', 'Ingest'],
      ['ANY', '/in/{source_id}/{proxy+}', 'Ingest'],
      ['ANY', '/v1/{proxy+}', 'Management'],
    ]);
  });
});

describe('a response of the gateway itself', () => {
  const answers = new Map(
    template.ofType('AWS::ApiGateway::GatewayResponse').map(({ properties }) => [properties.ResponseType, properties]),
  );

  function bodyOf(type: string): unknown {
    const templates = z.object({ 'application/json': z.string() }).parse(answers.get(type)?.ResponseTemplates);
    // Replaces variables in the text, as API Gateway does.
    const text = templates['application/json']
      .replace('$context.requestId', 'd3b07384')
      .replace('$context.error.messageString', '"Malformed \\"request\\""');
    return JSON.parse(text);
  }

  test.each([
    ['DEFAULT_4XX', undefined, 'Bad Request', 'BAD_REQUEST'],
    ['DEFAULT_5XX', undefined, 'Internal Server Error', 'INTERNAL_ERROR'],
    ['MISSING_AUTHENTICATION_TOKEN', '404', 'Not Found', 'ROUTE_NOT_FOUND'],
    ['INVALID_SIGNATURE', '404', 'Not Found', 'ROUTE_NOT_FOUND'],
    ['EXPIRED_TOKEN', '404', 'Not Found', 'ROUTE_NOT_FOUND'],
    ['ACCESS_DENIED', '403', 'Forbidden', 'FORBIDDEN'],
    ['WAF_FILTERED', '403', 'Forbidden', 'FORBIDDEN'],
    ['REQUEST_TOO_LARGE', '413', 'Payload Too Large', 'PAYLOAD_TOO_LARGE'],
    ['THROTTLED', '429', 'Too Many Requests', 'RATE_LIMITED'],
    ['QUOTA_EXCEEDED', '429', 'Too Many Requests', 'RATE_LIMITED'],
    ['INTEGRATION_TIMEOUT', undefined, 'Gateway Timeout', 'INTERNAL_ERROR'],
    ['INTEGRATION_FAILURE', undefined, 'Gateway Timeout', 'INTERNAL_ERROR'],
  ])('%s has the form of the API errors', (type, status, error, code) => {
    expect(answers.get(type)?.StatusCode).toBe(status);
    expect(bodyOf(type)).toEqual({ error, code, message: expect.stringMatching(/./), request_id: 'd3b07384' });
  });

  test('the 413 names both limits, because it is the same for every path', () => {
    expect(bodyOf('REQUEST_TOO_LARGE')).toMatchObject({
      message: 'The body is over the limit of 4,500,000 bytes at an ingest URL, 262,144 below /v1',
    });
  });

  test('a fault keeps the status of API Gateway, which would count a configured one as an error of the caller', () => {
    for (const [type, { StatusCode }] of answers) expect(String(StatusCode ?? ''), String(type)).not.toMatch(/^5/);
  });

  test('a throttled request is told when to try again', () => {
    expect(answers.get('THROTTLED')?.ResponseParameters).toMatchObject({ 'gatewayresponse.header.Retry-After': "'1'" });
  });

  test('no response of the gateway is cached', () => {
    for (const [type, { ResponseParameters }] of answers) {
      const expected = { 'gatewayresponse.header.Cache-Control': "'no-store'" };
      expect(ResponseParameters, String(type)).toMatchObject(expected);
    }
  });
});
