import * as z from 'zod';
import { idSchema } from '../../../core/id-schema.ts';
import type { OrganizationId, SourceId, Tag } from '../../../core/ids.ts';
import type { Source, SourceSettings } from '../../../core/source.ts';
import type { ConfigTable, Page, PageRequest } from './config-table.ts';

/** Which source a tag belongs to: known also after the source is deleted. */
export interface SourceOwner {
  readonly id: SourceId;
  readonly organizationId: OrganizationId;
}
