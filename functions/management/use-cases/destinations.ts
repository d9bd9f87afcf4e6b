import { randomBytes } from 'node:crypto';
import { ApiError, notFound } from '../../../core/api-error.ts';
import { changedBreaker } from '../../../core/circuit/circuit-fields.ts';
import {
  payloadValues,
  payloadVariables,
  type VariableValues,
  variableProblems,
} from '../../../core/destination-templates/fill-in.ts';
import { findTemplate } from '../../../core/destination-templates/registry.ts';
import {
  splitConfig,
  type TypeChange,
  typeChangeOf,
  typeChangeSchema,
} from '../../../core/destination-types/type-change.ts';
import {
  type Destination,
  type DestinationChange,
  type DestinationCredentials,
  disablingByRequest,
  type StoredCredentials,
  type TargetChange,
} from '../../../core/destinations/destination.ts';
import {
  type CreateDestination,
  changeOf,
  type RotateSecret,
  settingsOf,
  type UpdateDestination,
} from '../../../core/destinations/destination-schema.ts';
import { type DestinationId, newId, type OrganizationId } from '../../../core/ids.ts';
import { openDestinationCredentials, sealDestinationCredentials } from '../../shared/credentials.ts';
import { parseWith } from '../http/request-parts.ts';
import { toDestinationResponse } from '../responses/destination.ts';
import type { Services } from '../services.ts';
import { checkSigning, checkUrls, requireNoProblems } from './destination-checks.ts';
import { figuresOfAll } from './destination-figures.ts';

/** https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md: 24 to 64 random bytes. */
const SECRET_BYTES = 24;

function newSecret(): string {
  return `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`;
}

/** The organization's own destination. @throws ApiError RESOURCE_NOT_FOUND */
export async function ownDestination(
  { destinations }: Pick<Services, 'destinations'>,
  organizationId: OrganizationId,
  id: DestinationId,
): Promise<Destination> {
  const destination = await destinations.get(id);
  if (destination?.organizationId !== organizationId) throw notFound('Destination', id);
  return destination;
}

/** The destination as the API shows it, with the figures of its deliveries. */
export async function toResponseWithFigures(services: Pick<Services, 'figuresReader'>, destination: Destination) {
  const figures = await figuresOfAll(services, [destination]);
  return toDestinationResponse(destination, figures(destination.id));
}

/**
 * A destination ready to be stored, and its secret, to be shown once; `null` for one that is not signed.
 * @throws ApiError INVALID_URL
 */
export async function newDestination(
  { vault, network }: Pick<Services, 'vault' | 'network'>,
  organizationId: OrganizationId,
  input: CreateDestination,
  now: Date,
): Promise<{ destination: Destination; secret: string | null }> {
  checkUrls(input.type, input, network);
  const settings = settingsOf(input);
  const owner = { id: newId('dst', now.getTime()), organizationId };
  const credentials = newCredentials(input);
  const kept = await sealDestinationCredentials(vault, owner, credentials);
  const createdAt = now.toISOString();
  const destination = {
    ...owner,
    template: 'template' in input ? input.template : null,
    ...settings,
    ...kept,
    disabling: disablingByRequest({ enabled: true, disabling: null }, settings.enabled, createdAt),
    archivedAt: null,
    unarchivedAt: null,
    createdAt,
    updatedAt: createdAt,
  };
  return { destination, secret: credentials.secret ?? null };
}

function newCredentials(input: CreateDestination): DestinationCredentials {
  const { auth } = input;
  const { sealed: config } = splitConfig(input.type, input.config);
  const ofAnyType = { ...(auth && { auth }), ...(config && { config }) };
  if (input.type !== 'http') return { headers: {}, ...ofAnyType };
  const { template, headers, template_variables: templateVariables, secret = newSecret() } = input;
  return { secret, headers, ...(template !== null && { templateVariables }), ...ofAnyType };
}

/** @throws ApiError INVALID_URL, VALIDATION_FAILED, RESOURCE_NOT_FOUND, CONFLICT */
export async function changeDestination(
  services: Services,
  organizationId: OrganizationId,
  id: DestinationId,
  input: UpdateDestination,
  now: Date,
): Promise<Destination> {
  const { destinations } = services;
  const depends = typeChangeOf(input) || input.circuit_breaker || input.enabled === false;
  if (depends)
    return destinations.updateBy(organizationId, id, (current) => changeBy(services, current, input, now), now);
  const change = { ...changeOf(input), ...(input.enabled && { disabling: null }) };
  return destinations.update(organizationId, id, change, now);
}

/** Turns a request into a change of the destination as it currently is. */
async function changeBy(
  services: Services,
  current: Destination,
  input: UpdateDestination,
  now: Date,
): Promise<DestinationChange> {
  const { circuit_breaker: breaker, enabled } = input;
  const settings = {
    ...changeOf(input),
    ...(breaker && { circuitBreaker: changedBreaker(breaker, current.circuitBreaker) }),
    ...(enabled !== undefined && { disabling: disablingByRequest(current, enabled, now.toISOString()) }),
  };
  const given = typeChangeOf(input);
  if (!given) return settings;
  const ofType = parseWith(typeChangeSchema(current.target.type), given);
  checkUrls(current.target.type, ofType, services.network);
  checkSigning(current, ofType);
  const { target, credentials } = await typeChange(services, current, ofType);
  return { ...settings, target, ...credentials };
}

/**
 * Gives the destination a new secret. The old one keeps signing too, until the overlap ends.
 * @returns the destination, and the new secret, which is shown once
 * @throws StaleRead, ApiError RESOURCE_NOT_FOUND, CONFLICT
 */
export async function rotateDestinationSecret(
  services: Services,
  organizationId: OrganizationId,
  id: DestinationId,
  { secret = newSecret(), overlap_seconds: overlapSeconds }: RotateSecret,
  now: Date,
): Promise<{ destination: Destination; secret: string }> {
  const current = await ownDestination(services, organizationId, id);
  const { secret: replaced, previousSecret: _, ...others } = await openDestinationCredentials(services.vault, current);
  if (replaced === undefined) throw unsigned(current);
  const validUntil = new Date(now.getTime() + overlapSeconds * 1000).toISOString();
  const kept = await sealDestinationCredentials(services.vault, current, {
    ...others,
    secret,
    ...(overlapSeconds > 0 && { previousSecret: { secret: replaced, validUntil } }),
  });
  return { destination: await services.destinations.replaceCredentials(current, kept, now), secret };
}

function unsigned({ id, target }: Destination): ApiError {
  return new ApiError('CONFLICT', `${id} has no secret: a destination of the type ${target.type} is not signed`);
}

/** All credentials are sealed together, so those the change does not mention are copied from the current ones. */
async function typeChange(
  { vault }: Services,
  current: Destination,
  input: TypeChange,
): Promise<{ target: TargetChange; credentials: StoredCredentials | undefined }> {
  const { url, method, secret, headers, auth } = input;
  const config = input.config && splitConfig(current.target.type, input.config);
  const target = { url, method, config: config?.open };
  const templateVariables = input.template_variables && checkedVariables(current, input.template_variables);
  if ([secret, headers, templateVariables, auth, config].every((credential) => credential === undefined)) {
    return { target, credentials: undefined };
  }
  const { previousSecret, ...kept } = await openDestinationCredentials(vault, current);
  const credentials: DestinationCredentials = {
    ...kept,
    // A secret that is set replaces all earlier ones at once, without an overlap.
    ...(secret === undefined ? previousSecret && { previousSecret } : { secret }),
    ...(headers !== undefined && { headers }),
    ...(templateVariables !== undefined && { templateVariables }),
    ...(auth !== undefined && { auth: auth ?? undefined }),
    ...(config && { config: config.sealed }),
  };
  return { target, credentials: await sealDestinationCredentials(vault, current, credentials) };
}

/** Only variables of the payload: those of the URL and headers are changed there. @throws ApiError VALIDATION_FAILED */
function checkedVariables({ template: id }: Destination, given: VariableValues): Record<string, string> {
  const template = id === null ? undefined : findTemplate(id);
  requireNoProblems(variableProblems(template ? payloadVariables(template) : [], given));
  return template ? payloadValues(template, given) : {};
}
