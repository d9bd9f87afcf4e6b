import { ApiGatewayManagementApiClient, DeleteConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi';
import { afterEach, beforeEach } from 'vitest';
import type { RunningCli } from '../support/cli.ts';
import { eventually } from '../support/hawser.ts';
import { Receiver } from '../support/receiver.ts';
import { cli, hawser, withStack } from './stack.ts';

/** `hawser listen` as a process, against the running stack, for the tests of a file, from `withListening()` on. */

/** The program. */
export let receiver: Receiver;
let running: RunningCli[] = [];

export function withListening(): void {
  withStack();
  beforeEach(async () => {
    receiver = await Receiver.start();
  });
  afterEach(async () => {
    await Promise.all(running.map((one) => one.stop('SIGKILL')));
    running = [];
    await receiver.stop();
  });
}

interface Source {
  readonly id: string;
  readonly ingest_url: string;
}

export const newSource = async (name: string) =>
  (await hawser.api<Source & object>('POST', '/v1/sources', { name })).body;

/** Killed after the test. */
export function begin(...args: string[]): RunningCli {
  const one = cli.start(['listen', ...args]);
  running.push(one);
  return one;
}

/** Connected. */
export async function listen(...args: string[]): Promise<RunningCli> {
  const one = begin('--to', receiver.url, ...args);
  await one.until(isConnected);
  return one;
}

export const isConnected = (line: string) => /"type":"connected"| {2}connected/.test(line);
export const isLost = (line: string) => /"type":"disconnected"|NOT CONNECTED/.test(line);
export const isEvent = (line: string) => line.includes('"type":"event"');

export async function send(
  { ingest_url }: Source,
  body: string | Buffer,
  { path = '', headers = {}, method = 'POST' } = {},
) {
  const response = await fetch(`${ingest_url}${path}`, { method, body, headers });
  return ((await response.json()) as { id: string }).id;
}

export const destinationsLeft = async () =>
  (
    await hawser.api<{ destinations: { id: string; name: string }[] }>(
      'GET',
      '/v1/destinations?type=websocket&limit=100',
    )
  ).body.destinations;

interface Delivery {
  readonly id: string;
  readonly status: string;
}

export const deliveryOf = (eventId: string, status: string) =>
  eventually(`the delivery of ${eventId} is ${status}`, async () => {
    const { body } = await hawser.api<{ deliveries: Delivery[] }>('GET', `/v1/events/${eventId}`);
    return body.deliveries.find((delivery) => delivery.status === status);
  });

/** As API Gateway does it after two hours. */
export async function cutOff(destinationId: string): Promise<void> {
  const { body } = await hawser.api<{ clients: { id: string }[] }>('GET', `/v1/destinations/${destinationId}/clients`);
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const api = new ApiGatewayManagementApiClient({
    endpoint: `${hawser.awsUrl}/live`,
    region: 'us-east-1',
    credentials,
  });
  for (const { id } of body.clients) await api.send(new DeleteConnectionCommand({ ConnectionId: id }));
}
