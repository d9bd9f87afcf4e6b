import * as z from 'zod';
import type { Connection } from '../../../core/deliveries/connection.ts';
import { filterField } from '../../../core/filter/filter.ts';
import { idSchema } from '../../../core/id-schema.ts';
import { decompressTransform, transformField } from '../../../core/transform/stored-transform.ts';
import { timestamp } from './times.ts';

export const connectionResponse = z
  .object({
    id: idSchema('con'),
    source_id: idSchema('src'),
    destination_id: idSchema('dst'),
    name: z
      .string()
      .nullable()
      .meta({ examples: ['Pushes to the build'] }),
    description: z
      .string()
      .nullable()
      .meta({ examples: [null] }),
    filter: filterField.nullable().meta({ description: 'Which events it passes on; `null`: all.', examples: [null] }),
    transform: transformField.nullable().meta({
      description:
        "What is sent in place of each event; `null`: the event itself, or what the destination's template makes of it.",
      examples: [null],
    }),
    created_at: timestamp,
    updated_at: timestamp,
  })
  .meta({ id: 'Connection' });

export function toConnectionResponse(connection: Connection): z.input<typeof connectionResponse> {
  return {
    id: connection.id,
    source_id: connection.sourceId,
    destination_id: connection.destinationId,
    name: connection.name,
    description: connection.description,
    filter: connection.filter,
    transform: connection.transform && decompressTransform(connection.transform),
    created_at: connection.createdAt,
    updated_at: connection.updatedAt,
  };
}
