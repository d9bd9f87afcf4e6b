import * as z from 'zod';
import { defineType } from './type-definition.ts';

/** Clients that connect to Hawser and receive webhooks: docs/destinations/websocket.md */
export const websocket = defineType({
  type: 'websocket',
  config: z
    .strictObject({
      without_clients: z
        .enum(['hold', 'fail'])
        .default('hold')
        .meta({
          description:
            'What happens to a delivery while no client is connected: it is held until one connects, or its attempt fails.',
          examples: ['hold'],
        }),
      wait_for: z
        .enum(['receipt', 'answer'])
        .default('receipt')
        .meta({
          description:
            'What an attempt waits for. `receipt`: that a client has received the webhook. `answer`: the response of the program behind the client, within `timeout_seconds`. The client reports it in a `result`, and it counts like the response of an HTTP receiver.',
          examples: ['receipt'],
        }),
    })
    .meta({ id: 'WebsocketConfig' }),
  sealedConfig: [],
  auth: z.null({ error: 'must be null: clients authenticate to Hawser, not the other way round' }),
  fields: {},
  targetFields: {},
  nameOf: () => 'WebSocket',
});
