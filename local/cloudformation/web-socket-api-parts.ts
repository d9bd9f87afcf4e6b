import type { WebSocketApiSpec } from '../websocket/websocket-api.ts';
import { TemplateError } from './template.ts';

type Stage = Pick<WebSocketApiSpec, 'stageName' | 'throttle'>;

interface WebSocketApi {
  /** Function ARNs. */
  readonly integrations: Map<string, string>;
  readonly routes: Map<string, string>;
  stage?: Stage;
}

/** Each part of a WebSocket API is a CloudFormation resource of its own. This class combines them. */
export class WebSocketApiParts {
  readonly #apis = new Map<string, WebSocketApi>();

  addApi(apiId: string): void {
    this.#apis.set(apiId, { integrations: new Map(), routes: new Map() });
  }

  addIntegration(apiId: string, integrationId: string, functionArn: string): void {
    this.#api(apiId).integrations.set(integrationId, functionArn);
  }

  addRoute(apiId: string, routeKey: string, integrationId: string): void {
    const { integrations, routes } = this.#api(apiId);
    const functionArn = integrations.get(integrationId);
    if (functionArn === undefined) throw new TemplateError(`the route ${routeKey} must name an integration of its API`);
    if (routes.has(routeKey)) throw new TemplateError(`the WebSocket API has two routes ${routeKey}`);
    routes.set(routeKey, functionArn);
  }

  addStage(apiId: string, stage: Stage): void {
    const api = this.#api(apiId);
    if (api.stage)
      throw new TemplateError(
        `the local stack serves only one stage of an API; the template also has ${stage.stageName}`,
      );
    api.stage = stage;
  }

  /** The stack's WebSocket API, if it has one. @throws TemplateError if it has more than one, because they would share a port. */
  singleApi(): WebSocketApiSpec | undefined {
    const [entry, ...others] = this.#apis;
    if (!entry) return undefined;
    if (others.length > 0) {
      throw new TemplateError(`the local stack serves one WebSocket API; the template has ${this.#apis.size}`);
    }
    const [apiId, { routes, stage }] = entry;
    if (!stage) throw new TemplateError('the WebSocket API of the template has no stage');
    return { apiId, routes, ...stage };
  }

  #api(apiId: string): WebSocketApi {
    const api = this.#apis.get(apiId);
    if (!api) throw new TemplateError(`the template has no WebSocket API ${apiId}`);
    return api;
  }
}
