import { randomBytes } from 'node:crypto';
import { ApiError, notFound } from '../../core/api-error.ts';
import type { Destination, DestinationChange, DestinationCredentials } from '../../core/destination.ts';
import {
  type CreateDestination,
  changeOf,
  type RotateSecret,
  settingsOf,
  type UpdateDestination,
} from '../../core/destination-schema.ts';
import {
  forPayload,
  payloadVariables,
  type VariableValues,
  variableProblems,
} from '../../core/destination-templates/fill-in.ts';
import { findTemplate } from '../../core/destination-templates/registry.ts';
import { parseDestinationUrl } from '../../core/destination-url.ts';
import { type DestinationId, newId, type OrganizationId } from '../../core/ids.ts';
import { openDestinationCredentials, sealDestinationCredentials } from '../shared/credentials.ts';
import { showDestination } from './answers.ts';
import { figuresOfAll } from './destination-figures.ts';
import type { Services } from './services.ts';

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
export async function showWithFigures(services: Pick<Services, 'figuresReader'>, destination: Destination) {
  const figures = await figuresOfAll(services, [destination]);
  return showDestination(destination, figures(destination.id));
}

/**
 * A destination ready to be stored, and its secret, to be shown once.
 * @throws ApiError INVALID_URL
 */
export async function newDestination(
  { vault, network }: Pick<Services, 'vault' | 'network'>,
  organizationId: OrganizationId,
  input: CreateDestination,
  now: Date,
): Promise<{ destination: Destination; secret: string }> {
  const settings = settingsOf(input, checkedUrl(input.url, network));
  const secret = input.secret ?? newSecret();
  const owner = { id: newId('dst', now.getTime()), organizationId };
  const { template, headers, template_variables: templateVariables } = input;
  const kept = await sealDestinationCredentials(vault, owner, {
    secret,
    headers,
    ...(template !== null && { templateVariables }),
  });
  const createdAt = now.toISOString();
  const destination = {
    ...owner,
    template,
    ...settings,
    ...kept,
    archivedAt: null,
    unarchivedAt: null,
    createdAt,
    updatedAt: createdAt,
  };
  return { destination, secret };
}

/** @throws ApiError INVALID_URL, VALIDATION_FAILED, RESOURCE_NOT_FOUND, CONFLICT */
export async function changeDestination(
  services: Services,
  organizationId: OrganizationId,
  id: DestinationId,
  input: UpdateDestination,
  now: Date,
): Promise<Destination> {
  if (input.url !== undefined) checkedUrl(input.url, services.network);
  const change = changeOf(input);
  if ([input.secret, input.headers, input.template_variables].every((credential) => credential === undefined)) {
    return services.destinations.update(organizationId, id, change, now);
  }
  const current = await ownDestination(services, organizationId, id);
  const withCredentials = await changeCredentials(services, current, input, change);
  return services.destinations.update(organizationId, id, withCredentials, now, current.sealedCredentials);
}

/**
 * Gives the destination another secret; the one it had signs too for a while.
 * @returns the destination, and the new secret to be shown once
 * @throws ApiError RESOURCE_NOT_FOUND, CONFLICT
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
  const validUntil = new Date(now.getTime() + overlapSeconds * 1000).toISOString();
  const kept = await sealDestinationCredentials(services.vault, current, {
    ...others,
    secret,
    ...(overlapSeconds > 0 && { previousSecret: { secret: replaced, validUntil } }),
  });
  return { destination: await services.destinations.replaceCredentials(current, kept, now), secret };
}

/** Credentials are sealed together: what the change leaves alone is taken over from the current ones. */
async function changeCredentials(
  { vault }: Services,
  current: Destination,
  { secret, headers, template_variables }: UpdateDestination,
  change: DestinationChange,
): Promise<DestinationChange> {
  const templateVariables = template_variables && checkedVariables(current, template_variables);
  const { previousSecret, ...kept } = await openDestinationCredentials(vault, current);
  const credentials: DestinationCredentials = {
    ...kept,
    // A secret that is changed takes the place of all before it: without an overlap.
    ...(secret === undefined ? previousSecret && { previousSecret } : { secret }),
    ...(headers !== undefined && { headers }),
    ...(templateVariables !== undefined && { templateVariables }),
  };
  return { ...change, ...(await sealDestinationCredentials(vault, current, credentials)) };
}

/** What went into URL and headers is changed there. @throws ApiError VALIDATION_FAILED */
function checkedVariables({ template: id }: Destination, given: VariableValues): Record<string, string> {
  const template = id === null ? undefined : findTemplate(id);
  const details = variableProblems(template ? payloadVariables(template) : [], given);
  const [first] = details;
  if (first) throw new ApiError('VALIDATION_FAILED', `${first.path} ${first.problem}`, { details });
  return template ? forPayload(template, given) : {};
}

function checkedUrl(text: string, network: Services['network']): URL {
  const { url, problem } = parseDestinationUrl(text, network);
  if (problem === undefined) return url;
  throw new ApiError('INVALID_URL', `url ${problem}`, { details: [{ path: 'url', problem }] });
}
