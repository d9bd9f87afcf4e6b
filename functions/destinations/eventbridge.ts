import { EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import type { STSClient } from '@aws-sdk/client-sts';
import type { DestinationTargets } from '../../core/destination-types/registry.ts';
import { textOf } from '../../core/events/body-text.ts';
import { formatInteger } from '../../core/format-integer.ts';
import { timeMsOf } from '../../core/ids.ts';
import { isObject } from '../../core/is-object.ts';
import { isNestedDeeper } from '../../core/transform/json-depth.ts';
import { attemptOnAws, ReportedFailureError } from './aws-attempt.ts';
import { AwsClients } from './aws-clients.ts';
import type { AttemptInput, DestinationType } from './destination-type.ts';
import { UnsendableError } from './http-failure.ts';

/**
 * For an entry; its time counts 14 bytes:
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html#eb-putevent-size
 */
const MAX_ENTRY_BYTES = 1_048_576;
const TIME_BYTES = 14;

/**
 * EventBridge calls anything deeper malformed, without saying why, at every retry:
 * https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
 */
const MAX_LEVELS = 1000;

/** Puts each webhook on an event bus, its body as the detail. */
export function eventbridgeDestination(sts: () => STSClient): DestinationType<DestinationTargets['eventbridge']> {
  const clients = new AwsClients(sts, (options) => new EventBridgeClient(options));
  return {
    bind(destination) {
      const { target, timeoutSeconds } = destination;
      const { region } = target.config;
      return {
        attempt(input) {
          const { event_bus, source, detail_type } = target.config;
          const resources = [input.job.eventId, input.job.sourceId];
          return attemptOnAws({
            // If the destination has only the name, it is shown like the end of an ARN.
            target: event_bus.startsWith('arn:') ? event_bus : `event-bus/${event_bus}`,
            attributes: [
              ['source', source],
              ['detail-type', detail_type],
              ['resources', resources.join(', ')],
            ],
            timeoutSeconds,
            send: async (abortSignal) => {
              const entry = {
                EventBusName: event_bus,
                Source: source,
                DetailType: detail_type,
                Detail: detailOf(input),
                Resources: resources,
                // When the event was accepted, however late it is delivered. EventBridge stores whole seconds.
                Time: new Date(timeMsOf(input.job.eventId)),
              };
              checkSize(entry);
              const command = new PutEventsCommand({ Entries: [entry] });
              const output = await clients.client(destination, region).send(command, { abortSignal });
              const [result] = output.Entries ?? [];
              // EventBridge answers 200 even if it did not put the event on the bus.
              if (output.FailedEntryCount !== 0 || !result?.EventId) {
                throw new ReportedFailureError(
                  result?.ErrorCode ?? 'NotPut',
                  result?.ErrorMessage ?? 'EventBridge did not put the event on the bus',
                );
              }
              return output;
            },
            toLoggedBody: ({ Entries }) => ({ EventId: Entries?.[0]?.EventId }),
          });
        },
      };
    },
  };
}

/** The body exactly as received. It is parsed only for the check, since serializing it again would change numbers beyond 2^53. */
function detailOf({ body }: AttemptInput): string {
  const text = textOf(body);
  if (text === undefined || !isJsonObject(text)) {
    throw new UnsendableError(
      'UNSUPPORTED_BODY',
      'the body is not a JSON object, and EventBridge accepts nothing else',
    );
  }
  if (isNestedDeeper(text, MAX_LEVELS)) {
    const problem = `the body has more than ${formatInteger(MAX_LEVELS)} levels`;
    throw new UnsendableError('UNSUPPORTED_BODY', `${problem}, and EventBridge does not accept that`);
  }
  return text;
}

function isJsonObject(text: string): boolean {
  try {
    return isObject(JSON.parse(text));
  } catch {
    return false;
  }
}

function checkSize({ Source = '', DetailType = '', Detail = '', Resources = [] }: PutEventsRequestEntry): void {
  const texts = [Source, DetailType, Detail, ...Resources];
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), TIME_BYTES);
  if (bytes > MAX_ENTRY_BYTES) {
    throw new UnsendableError(
      'BODY_TOO_LARGE',
      `the event has ${formatInteger(bytes)} bytes, and EventBridge accepts ${formatInteger(MAX_ENTRY_BYTES)}`,
    );
  }
}
