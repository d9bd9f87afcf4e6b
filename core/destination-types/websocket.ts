import * as z from 'zod';
import { defineType } from './type-definition.ts';

/** Clients that connect to Hawser and get what comes: docs/destinations/websocket.md */
export const websocket = defineType({
  type: 'websocket',
  config: z
    .strictObject({
      without_clients: z
        .enum(['hold', 'fail'])
        .default('hold')
        .meta({
          description:
            'What becomes of a delivery while no client is connected: it is held until one is, or its attempt fails.',
          examples: ['hold'],
        }),
    })
    .meta({ id: 'WebsocketConfig' }),
  sealedConfig: [],
  auth: z.null({ error: 'must be null: clients prove who they are, not Hawser' }),
  fields: {},
  targetFields: {},
  nameOf: () => 'WebSocket',
});
