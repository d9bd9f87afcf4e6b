import type { GatewayResponseSpec, RestApiSpec, RouteSpec, ThrottleSpec } from '../gateway/rest-api.ts';
import { TemplateError } from './template.ts';

interface Stage {
  readonly stageName: string;
  readonly stageVariables?: Readonly<Record<string, string>>;
  readonly throttle?: ThrottleSpec;
}

interface RestApi {
  readonly binaryMediaTypes: readonly string[];
  readonly routes: RouteSpec[];
  readonly gatewayResponses: Record<string, GatewayResponseSpec>;
  stage?: Stage;
}

interface PathResource {
  readonly path: string;
}

/** A dozen CloudFormation resources describe one REST API. This class combines them. */
export class RestApiParts {
  readonly #apis = new Map<string, RestApi>();
  readonly #resources = new Map<string, PathResource>();

  /** @returns the id of the root resource. */
  addApi(apiId: string, binaryMediaTypes: readonly string[]): string {
    this.#apis.set(apiId, { binaryMediaTypes, routes: [], gatewayResponses: {} });
    const rootId = `${apiId}-root`;
    this.#resources.set(rootId, { path: '' });
    return rootId;
  }

  addResource(resourceId: string, parentId: string, pathPart: string): void {
    this.#resources.set(resourceId, { path: `${this.#resource(parentId).path}/${pathPart}` });
  }

  addMethod(apiId: string, resourceId: string, method: string, functionArn: string): void {
    this.#api(apiId).routes.push({ method, path: this.#resource(resourceId).path || '/', functionArn });
  }

  addGatewayResponse(apiId: string, responseType: string, response: GatewayResponseSpec): void {
    this.#api(apiId).gatewayResponses[responseType] = response;
  }

  addStage(apiId: string, stage: Stage): void {
    const api = this.#api(apiId);
    if (api.stage)
      throw new TemplateError(
        `the local stack serves only one stage of an API; the template also has ${stage.stageName}`,
      );
    api.stage = stage;
  }

  /** The stack's one API. @throws TemplateError unless there is exactly one, because it has the port to itself. */
  singleApi(): RestApiSpec {
    const [entry, ...others] = this.#apis;
    if (!entry || others.length > 0) {
      throw new TemplateError(`the local stack serves one REST API; the template has ${this.#apis.size}`);
    }
    const [apiId, { stage, ...api }] = entry;
    if (!stage) throw new TemplateError('the REST API of the template has no stage');
    return { apiId, ...api, ...stage };
  }

  #api(apiId: string): RestApi {
    const api = this.#apis.get(apiId);
    if (!api) throw new TemplateError(`the template has no REST API ${apiId}`);
    return api;
  }

  #resource(resourceId: string): PathResource {
    const resource = this.#resources.get(resourceId);
    if (!resource) throw new TemplateError(`the template has no API Gateway resource ${resourceId}`);
    return resource;
  }
}
