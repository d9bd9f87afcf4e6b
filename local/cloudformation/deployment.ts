import type { DistributionSpec } from '../cloudfront/distribution-spec.ts';
import type { RestApiSpec } from '../gateway/rest-api.ts';
import type { EventSourceMapping } from '../lambda/event-source-mapping.ts';
import type { WebSocketApiSpec } from '../websocket/websocket-api.ts';
import type { Assembly } from './assembly.ts';
import { functionsOfCustomResources, inertFunction } from './custom-resources.ts';
import { DistributionParts } from './distribution-parts.ts';
import { inertTypes } from './inert-types.ts';
import { resolve, type Scope } from './intrinsics.ts';
import { physicalName } from './names.ts';
import { creationOrder } from './references.ts';
import type { Created, Creation, ResourceFactories } from './resource-type.ts';
import { resourceTypes } from './resource-types.ts';
import { RestApiParts } from './rest-api-parts.ts';
import { TemplateError, type TemplateResource } from './template.ts';
import { TemplateNames } from './template-names.ts';
import { WebSocketApiParts } from './web-socket-api-parts.ts';

/** The resources of a template, created. Only the moving parts remain to be started. */
export interface Deployment {
  readonly outputs: Readonly<Record<string, string>>;
  /** `Ref` and attributes of each resource, by logical id. */
  readonly resources: ReadonlyMap<string, Created>;
  readonly eventSourceMappings: readonly EventSourceMapping[];
  readonly restApi: RestApiSpec;
  /** The distribution in front of the API, if the template has one. */
  readonly distribution: DistributionSpec | undefined;
  readonly webSocketApi: WebSocketApiSpec | undefined;
  /** ARNs of the secrets that were created rather than found. */
  readonly newSecrets: ReadonlySet<string>;
  /** Environments of the functions, by function ARN. */
  readonly functionEnvironments: ReadonlyMap<string, Readonly<Record<string, string>>>;
}

/** Where the resources are located. */
export interface DeploymentTarget {
  readonly region: string;
  /** Where WebSocket APIs will be served: `ws://127.0.0.1:4100`. */
  readonly webSocketEndpoint: string;
}

/**
 * Creates what the template declares, in the order in which its resources refer to each other. A resource that exists from an
 * earlier start is kept and updated.
 * @throws TemplateError for everything in the template that the local stack doesn't support.
 */
export async function deploy(
  assembly: Assembly,
  target: DeploymentTarget,
  factories: ResourceFactories,
): Promise<Deployment> {
  const { region, webSocketEndpoint } = target;
  const { stackName, template } = assembly;
  const names = new TemplateNames(template, { stackName, region });
  const resources = new Map<string, Created>();
  const eventSourceMappings: EventSourceMapping[] = [];
  const restApis = new RestApiParts();
  const distributions = new DistributionParts();
  const webSocketApis = new WebSocketApiParts();
  const functionEnvironments = new Map<string, Readonly<Record<string, string>>>();
  const newSecrets = new Set<string>();
  const scope = names.scope(resources);
  const replaced = functionsOfCustomResources(template, scope.condition);

  refuseUnknownTypes(template.Resources);
  for (const logicalId of creationOrder(template, names.isParameter, scope.condition)) {
    const resource = template.Resources[logicalId];
    if (!resource) continue;
    const creation: Creation = {
      logicalId,
      stackName,
      region,
      physicalName: (maxLength) => physicalName(stackName, logicalId, maxLength),
      assetPath: (s3Key) => assetPath(assembly, logicalId, s3Key),
      factories,
      eventSourceMappings,
      restApis,
      distributions,
      webSocketApis,
      webSocketEndpoint,
      newSecrets,
      functionEnvironments,
    };
    const created = replaced.has(logicalId) ? inertFunction(creation) : await create(resource, creation, scope);
    resources.set(logicalId, created);
  }
  const outputs = names.outputs(scope);
  const restApi = restApis.singleApi();
  return {
    outputs,
    resources,
    eventSourceMappings,
    restApi,
    webSocketApi: webSocketApis.singleApi(),
    distribution: distributions.singleDistribution(restApi),
    newSecrets,
    functionEnvironments,
  };
}

/** The ARNs of all resources that have one. */
export function arnsOf({ resources }: Pick<Deployment, 'resources'>): ReadonlySet<string> {
  return new Set([...resources.values()].flatMap(({ attributes }) => attributes?.Arn ?? []));
}

/** Reports all unknown types at once, before anything is created. */
function refuseUnknownTypes(resources: Readonly<Record<string, TemplateResource>>): void {
  const unknown = Object.entries(resources)
    .filter(([, { Type }]) => !resourceTypes.has(Type) && !Object.hasOwn(inertTypes, Type))
    .map(([logicalId, { Type }]) => `${logicalId} (${Type})`);
  if (unknown.length === 0) return;
  throw new TemplateError(
    `the local stack supports no such resource types: ${unknown.join(', ')}. See docs/local-engine.md`,
  );
}

async function create(resource: TemplateResource, creation: Creation, scope: Scope): Promise<Created> {
  const { logicalId } = creation;
  const inert = Object.hasOwn(inertTypes, resource.Type) ? inertTypes[resource.Type] : undefined;
  if (inert) {
    const given = inert.nameProperty && resolve(resource.Properties[inert.nameProperty], scope);
    const name = typeof given === 'string' ? given : creation.physicalName();
    return inert.created?.(name, creation.region) ?? { ref: name };
  }
  const type = resourceTypes.get(resource.Type);
  if (!type) throw new TemplateError(`${logicalId} has the unknown type ${resource.Type}`);
  try {
    return await type.create(resolve(resource.Properties, scope), creation);
  } catch (error) {
    if (error instanceof TemplateError) throw error;
    throw new TemplateError(`${logicalId} (${resource.Type}) can't be created: ${messageOf(error)}`, { cause: error });
  }
}

function assetPath({ assetPaths }: Assembly, logicalId: string, s3Key: string): string {
  const path = assetPaths.get(s3Key);
  if (path === undefined) throw new TemplateError(`${logicalId}: the assembly has no asset ${s3Key}`);
  return path;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
