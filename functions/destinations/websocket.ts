import { setTimeout as sleep } from 'node:timers/promises';
import { buildEventFrame, type EventFrame } from '../../core/clients/event-frame.ts';
import type { HeaderList } from '../../core/deliveries/delivery-headers.ts';
import type { DestinationTargets } from '../../core/destination-types/registry.ts';
import type { ClientsAccess } from '../shared/websocket-clients-access.ts';
import { awaitAnswer, outcomeOfAnswer } from './awaited-answer.ts';
import { failedOnAws } from './aws-attempt.ts';
import { Broadcasts, type SendOutcome } from './broadcasts.ts';
import { startDeadline } from './deadline.ts';
import type {
  AttemptInput,
  AttemptResult,
  DestinationType,
  JudgedOutcome,
  OpenedDestination,
} from './destination-type.ts';

type WebsocketDestination = OpenedDestination<DestinationTargets['websocket']>;

/** What all WebSocket destinations of a function instance share. */
interface Shared {
  readonly access: () => ClientsAccess;
  readonly broadcasts: Broadcasts;
  readonly now: () => number;
  readonly pause: (ms: number) => Promise<void>;
}

/** Sends each webhook as a message to every client that is connected to the destination. */
export function websocketDestination(
  open: () => ClientsAccess,
  now: () => number,
  pause: (ms: number) => Promise<void> = sleep,
): DestinationType<DestinationTargets['websocket']> {
  let opened: ClientsAccess | undefined;
  // Opened on the first attempt, since a function that never makes one needs none of this.
  const access = () => {
    opened ??= open();
    return opened;
  };
  const shared = { access, broadcasts: new Broadcasts(access, now), now, pause };
  return { bind: (destination) => ({ attempt: (input) => attempt(shared, destination, input) }) };
}

async function attempt(
  { access, broadcasts, now, pause }: Shared,
  { id: destinationId, target, timeoutSeconds }: WebsocketDestination,
  input: AttemptInput,
): Promise<AttemptResult> {
  const { without_clients, wait_for } = target.config;
  const msLeft = startDeadline(timeoutSeconds, now);
  const { text, frame } = buildEventFrame(input);
  const requestHeaders = attributesOf(frame);
  const sent = await broadcasts.send(destinationId, text, timeoutSeconds * 1000);
  if (wait_for === 'receipt' || !sent.includes('reached'))
    return resultOfSending(requestHeaders, sent, without_clients);
  const { deliveryId, attempt: number } = input.job;
  // An attempt repeated after a crash may find the answer to the message sent before the crash. It belongs to the same attempt.
  const readAnswer = () => access().answers.clientAnswer({ destinationId, deliveryId }, number);
  const answer = await awaitAnswer({ readAnswer, msLeft, pause });
  return { requestHeaders, ...outcomeOfAnswer(answer, { timeoutSeconds, nowMs: now() }) };
}

function attributesOf(frame: EventFrame): HeaderList {
  return [
    ['event_id', frame.event_id],
    ['delivery_id', frame.delivery_id],
    ['source_id', frame.source_id],
    ['attempt', String(frame.attempt)],
    ['body_encoding', frame.body_encoding ?? 'reference'],
  ];
}

/** One client is enough for a delivery: another attempt, made for a client that was missed, would send to all of them again. */
function resultOfSending(
  requestHeaders: HeaderList,
  sent: readonly SendOutcome[],
  withoutClients: 'hold' | 'fail',
): AttemptResult {
  const count = (outcome: SendOutcome) => sent.filter((one) => one === outcome).length;
  const [reached, gone] = [count('reached'), count('gone')];
  const [error] = sent.filter((one) => one instanceof Error);
  if (reached === 0) {
    return error ? failedOnAws({ requestHeaders }, error) : { requestHeaders, ...noClients(gone, withoutClients) };
  }
  const body = Buffer.from(JSON.stringify({ reached, gone, missed: sent.length - reached - gone }));
  const response = { statusCode: 200, headers: [], body, bodyTruncated: false };
  return { requestHeaders, response, verdict: { kind: 'delivered' } };
}

function noClients(gone: number, withoutClients: 'hold' | 'fail'): JudgedOutcome {
  const message = gone === 0 ? 'no client is connected' : `no client is connected any more: ${gone} had disconnected`;
  const failure = { kind: 'failed', failure: 'temporary', retryAfterSeconds: 0 } as const;
  return {
    error: { code: 'NO_CLIENTS', message },
    verdict: withoutClients === 'hold' ? { kind: 'unclaimed' } : failure,
  };
}
