import { GoneException, PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi';
import middy from '@middy/core';
import type { APIGatewayProxyResult } from 'aws-lambda';
import { ApiError } from '../../core/api-error.ts';
import { MAX_CLIENTS } from '../../core/clients/client.ts';
import { PONG, type ProtocolError, parseClientMessage } from '../../core/clients/client-message.ts';
import { errorResponse, jsonResponse } from '../shared/api-response.ts';
import { dynamodb, sqs } from '../shared/aws-clients.ts';
import { requireEnv, retentionDays, variable } from '../shared/environment.ts';
import { noteKeyUse } from '../shared/key-use.ts';
import { clientsTableFromEnvironment, configTableFromEnvironment } from '../shared/tables.ts';
import { clientsApiFromEnvironment } from '../shared/websocket-clients-api.ts';
import { ClientStore } from '../stores/clients/client-store.ts';
import { TicketStore } from '../stores/clients/ticket-store.ts';
import { ApiKeyStore } from '../stores/config/api-keys.ts';
import { DestinationStore } from '../stores/config/destinations.ts';
import { ClientAnswerLog } from '../stores/deliveries/client-answer-log.ts';
import { DeliveryQueue } from '../stores/delivery-queue.ts';
import { ClientAdmission } from './client-admission.ts';
import { ClientAnswers } from './client-answers.ts';
import { ClientAuthorizer } from './client-authorizer.ts';
import { proofIn, textIn, type WebsocketEvent, websocketEvent } from './websocket-event.ts';

const now = () => Date.now();
const configuration = configTableFromEnvironment();
const api = clientsApiFromEnvironment();
const apiKeys = new ApiKeyStore(configuration);
const clients = new ClientStore(clientsTableFromEnvironment());
const queue = new DeliveryQueue(sqs(), requireEnv(variable.deliveryQueueUrl));
const authorizer = new ClientAuthorizer({
  tickets: new TicketStore(clientsTableFromEnvironment()),
  apiKeys,
  destinations: new DestinationStore(configuration),
  noteUse: (key) => noteKeyUse(key, apiKeys, new Date(now())),
  now,
});
const admission = new ClientAdmission({
  clients,
  send: (message, delaySeconds) => queue.send(message, delaySeconds),
  now,
});
const answers = new ClientAnswers({
  clients,
  apiKeys,
  log: new ClientAnswerLog({
    dynamodb: dynamodb(),
    table: requireEnv(variable.deliveriesTable),
    retentionDays: retentionDays(),
  }),
  now,
});

/** Handles the routes of the WebSocket API: connecting, disconnecting and sending a message. */
async function handle(input: unknown): Promise<APIGatewayProxyResult> {
  const event = websocketEvent.parse(input);
  const { routeKey, connectionId } = event.requestContext;
  switch (routeKey) {
    case '$connect':
      return connect(event);
    case '$disconnect':
      await clients.removeById(connectionId);
      return jsonResponse(200, {});
    default:
      await listen(connectionId, textIn(event));
      return jsonResponse(200, {});
  }
}

async function connect(event: WebsocketEvent): Promise<APIGatewayProxyResult> {
  const { connectionId, requestId } = event.requestContext;
  const client = await authorizer.authorize(proofIn(event));
  if (!client) return errorResponse(new ApiError('UNAUTHORIZED', 'The ticket or key is not valid'), requestId);
  if (await admission.admit(connectionId, client)) return jsonResponse(200, {});
  const full = `The destination already has ${MAX_CLIENTS} clients, the most it can have`;
  return errorResponse(new ApiError('RATE_LIMITED', full), requestId);
}

async function listen(clientId: string, text: string): Promise<void> {
  const message = parseClientMessage(text);
  switch (message.kind) {
    case 'ping':
      return answer(clientId, PONG);
    case 'result':
      return answers.take(clientId, message.result);
    case 'invalid':
      return answer(clientId, message.error);
  }
}

async function answer(clientId: string, message: typeof PONG | ProtocolError): Promise<void> {
  const Data = JSON.stringify(message);
  try {
    await api.send(new PostToConnectionCommand({ ConnectionId: clientId, Data }));
  } catch (error) {
    // A client that has left in the meantime needs no answer.
    if (!(error instanceof GoneException)) throw error;
  }
}

/** Failures are thrown. API Gateway then refuses the client, and the function's alarm counts the error. */
export const handler = middy<unknown, APIGatewayProxyResult>().handler(handle);
