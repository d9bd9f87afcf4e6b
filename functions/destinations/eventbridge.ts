import { EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import type { STSClient } from '@aws-sdk/client-sts';
import { textOf } from '../../core/body-text.ts';
import type { DestinationTargets } from '../../core/destination-types/registry.ts';
import { grouped } from '../../core/grouped.ts';
import { timeMsOf } from '../../core/ids.ts';
import { attemptOnAws, NotDoneError } from './aws-attempt.ts';
import { AwsClients } from './aws-clients.ts';
import type { AttemptInput, DestinationType } from './destination-type.ts';
import { UnsendableError } from './http-failure.ts';

/** Of an entry, its time counting 14 bytes: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html#eb-putevent-size */
const MAX_ENTRY_BYTES = 1_048_576;
const TIME_BYTES = 14;

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html */
const MAX_LEVELS = 1000;
/** Of valid JSON: strings, which are passed over whole, and brackets. */
const TOKENS = /"[^"\\]*(?:\\.[^"\\]*)*"|[[\]{}]/g;

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
            // As the end of an ARN has it, where the destination has no more than the name.
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
                // When it was accepted, however late it is delivered. EventBridge keeps whole seconds.
                Time: new Date(timeMsOf(input.job.eventId)),
              };
              checkSize(entry);
              const command = new PutEventsCommand({ Entries: [entry] });
              const output = await clients.client(destination, region).send(command, { abortSignal });
              const [result] = output.Entries ?? [];
              // Answered 200, and not on the bus all the same.
              if (output.FailedEntryCount !== 0 || !result?.EventId) {
                throw new NotDoneError(
                  result?.ErrorCode ?? 'NotPut',
                  result?.ErrorMessage ?? 'EventBridge put no event',
                );
              }
              return output;
            },
            show: ({ Entries }) => ({ EventId: Entries?.[0]?.EventId }),
          });
        },
      };
    },
  };
}

/** The body as it came, numbers beyond 2^53 too: it is parsed to know what it is, and not written anew. */
function detailOf({ body }: AttemptInput): string {
  const text = textOf(body);
  if (text === undefined || !isJsonObject(text)) {
    throw new UnsendableError('UNSUPPORTED_BODY', 'the body is no JSON object, and EventBridge takes nothing else');
  }
  if (!isWithinLevels(text)) {
    const problem = `the body has more than ${grouped(MAX_LEVELS)} levels`;
    throw new UnsendableError('UNSUPPORTED_BODY', `${problem}, and EventBridge does not take that`);
  }
  return text;
}

/** What has more EventBridge calls malformed, without saying why, at every retry. */
function isWithinLevels(json: string): boolean {
  let level = 0;
  for (const [token] of json.matchAll(TOKENS)) {
    if (token === '{' || token === '[') level += 1;
    else if (token === '}' || token === ']') level -= 1;
    if (level > MAX_LEVELS) return false;
  }
  return true;
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    // No JSON at all: the caller says what that means.
    return false;
  }
}

function checkSize({ Source = '', DetailType = '', Detail = '', Resources = [] }: PutEventsRequestEntry): void {
  const texts = [Source, DetailType, Detail, ...Resources];
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), TIME_BYTES);
  if (bytes > MAX_ENTRY_BYTES) {
    throw new UnsendableError(
      'BODY_TOO_LARGE',
      `the event has ${grouped(bytes)} bytes, and EventBridge takes ${grouped(MAX_ENTRY_BYTES)}`,
    );
  }
}
