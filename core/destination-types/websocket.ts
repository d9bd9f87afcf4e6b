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
            'What happens to a delivery while no client is connected: it is held until one is, or its attempt fails.',
          examples: ['hold'],
        }),
      wait_for: z
        .enum(['receipt', 'answer'])
        .default('receipt')
        .meta({
          description:
            'What an attempt waits for: that a client has the webhook; or, within `timeout_seconds`, the answer of the program behind it, which a client tells by a `result` and which then decides like that of an HTTP receiver.',
          examples: ['receipt'],
        }),
    })
    .meta({ id: 'WebsocketConfig' }),
  sealedConfig: [],
  auth: z.null({ error: 'must be null: clients prove who they are, not Hawser' }),
  fields: {},
  targetFields: {},
  nameOf: () => 'WebSocket',
});
