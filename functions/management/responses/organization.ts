import * as z from 'zod';
import type { Organization } from '../../../core/access/organization.ts';
import { idSchema } from '../../../core/id-schema.ts';
import { timestamp } from './times.ts';

export const organizationResponse = z
  .object({ id: idSchema('org'), name: z.string().meta({ examples: ['team-blue'] }), created_at: timestamp })
  .meta({ id: 'Organization' });

export function toOrganizationResponse({ id, name, createdAt }: Organization): z.input<typeof organizationResponse> {
  return { id, name, created_at: createdAt };
}
