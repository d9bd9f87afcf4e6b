/** Limits of API Gateway REST APIs: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html */
export const limit = {
  /** Request body as sent by the client. */
  payloadBytes: 10 * 1024 * 1024,
  /** Request line and header values together. */
  headerBytes: 10_240,
  /** From passing the event to the integration until its response, for regional and edge-optimized APIs. */
  integrationTimeoutMs: 29_000,
  /** The event as JSON: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html (6 MB, synchronous). */
  lambdaEventBytes: 6_291_456,
} as const;

/** Methods that an `ANY` method of a resource answers. Others have no route. */
export const ANY_METHODS = ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT'] as const;

export interface RouteSpec {
  /** An HTTP method in capitals, or `ANY`. */
  readonly method: string;
  /** A resource path: literal segments, `{name}`, and at its end `{name+}`. */
  readonly path: string;
  readonly functionArn: string;
}

/** What the template says of one `AWS::ApiGateway::GatewayResponse`. */
export interface GatewayResponseSpec {
  readonly statusCode?: string | number;
  /** `ResponseTemplates`: content type → template. Only `application/json` is understood. */
  readonly templates?: Readonly<Record<string, string>>;
  /** `ResponseParameters`: `gatewayresponse.header.<name>` → a literal in single quotes, or `context.requestId`. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Requests per second, and how many may come at once; applied to each method separately, as `MethodSettings` are. */
export interface ThrottleSpec {
  readonly rateLimit: number;
  readonly burstLimit: number;
}

export interface RestApiSpec {
  readonly apiId: string;
  readonly stageName: string;
  readonly stageVariables?: Readonly<Record<string, string>>;
  readonly binaryMediaTypes: readonly string[];
  readonly routes: readonly RouteSpec[];
  /** By `ResponseType`, e.g. `DEFAULT_4XX`, `REQUEST_TOO_LARGE`. */
  readonly gatewayResponses: Readonly<Record<string, GatewayResponseSpec>>;
  readonly throttle?: ThrottleSpec;
}

/** The outcome of a synchronous invocation. `payload` is the function's response as JSON. */
export type InvokeResult =
  | { readonly ok: true; readonly payload: string }
  | {
      readonly ok: false;
      readonly errorType: string;
      readonly errorMessage: string;
      /** Lambda refused the invocation, so the function was not started. */
      readonly refused?: true;
    };

/** The part of the Lambda runner that the gateway uses. */
export interface FunctionInvoker {
  /**
   * @param client aborted when nobody is waiting for the response any more. An invocation that hasn't started need not start then
   */
  invoke(functionArn: string, payloadJson: string, client?: AbortSignal): Promise<InvokeResult>;
}
