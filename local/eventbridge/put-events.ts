import * as z from 'zod';
import type { Clock } from '../clock.ts';
import { AwsError } from '../wire/aws-error.ts';
import { parseDetail } from './event-detail.ts';
import type { EventBridge } from './eventbridge.ts';
import { MAX_DETAIL_TYPE_LENGTH, MAX_ENTRIES, MAX_ENTRIES_BYTES, TIME_BYTES } from './limits.ts';
import { DEFAULT_BUS } from './rule-store.ts';

const entrySchema = z.strictObject({
  /** Seconds since the epoch, up to the last that a date can hold: https://tc39.es/ecma262/#sec-time-values-and-time-range */
  Time: z.number().min(0).max(8.64e12).nullish(),
  Source: z.string().nullish(),
  Resources: z.array(z.string()).nullish(),
  DetailType: z.string().nullish(),
  Detail: z.string().nullish(),
  EventBusName: z.string().nullish(),
  TraceHeader: z.string().max(500).nullish(),
});

export const putEventsSchema = z.strictObject({ Entries: z.array(entrySchema).min(1) });

type Entry = z.infer<typeof entrySchema>;
type Result = { EventId: string } | { ErrorCode: string; ErrorMessage: string };

/** Each entry succeeds or fails alone. The response keeps their order. */
export async function putEvents(
  eventBridge: EventBridge,
  clock: Clock,
  { Entries }: z.infer<typeof putEventsSchema>,
): Promise<object> {
  if (Entries.length > MAX_ENTRIES) {
    throw new AwsError(
      'ValidationException',
      `1 validation error detected: Value '[${Entries.length} entries]' at 'entries' failed to satisfy constraint: Member must have length less than or equal to ${MAX_ENTRIES}`,
    );
  }
  if (Entries.reduce((bytes, entry) => bytes + bytesOf(entry), 0) > MAX_ENTRIES_BYTES) {
    throw new AwsError('ValidationException', 'Total size of the entries in the request is over the limit.');
  }
  const results = await Promise.all(Entries.map((entry) => putEntry(eventBridge, clock, entry)));
  return { FailedEntryCount: results.filter((result) => 'ErrorCode' in result).length, Entries: results };
}

async function putEntry(eventBridge: EventBridge, clock: Clock, entry: Entry): Promise<Result> {
  const { Source, DetailType, Detail } = entry;
  if (!Source) return missingMember('Source');
  if (!DetailType) return missingMember('DetailType');
  if (DetailType.length > MAX_DETAIL_TYPE_LENGTH) {
    // AWS documents the code and the limit, not the wording.
    return invalid('DetailType', `DetailType can have at most ${MAX_DETAIL_TYPE_LENGTH} characters.`);
  }
  if (!Detail) return missingMember('Detail');
  if (Source.startsWith('aws.')) {
    return { ErrorCode: 'NotAuthorizedForSourceException', ErrorMessage: 'Not authorized for the source.' };
  }
  const detail = parseDetail(Detail);
  if (!detail) return { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
  const EventId = await eventBridge.putEvent({
    busName: entry.EventBusName ?? DEFAULT_BUS,
    source: Source,
    detailType: DetailType,
    detail,
    resources: entry.Resources ?? [],
    timeMs: entry.Time == null ? clock.nowMs() : entry.Time * 1000,
    traceHeader: entry.TraceHeader ?? undefined,
  });
  return { EventId };
}

function missingMember(name: string): Result {
  return invalid(name, `${name} is a required argument.`);
}

function invalid(name: string, reason: string): Result {
  return { ErrorCode: 'InvalidArgument', ErrorMessage: `Parameter ${name} is not valid. Reason: ${reason}` };
}

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html#eb-putevent-size */
function bytesOf({ Time, Source, DetailType, Detail, Resources }: Entry): number {
  const texts = [Source, DetailType, Detail, ...(Resources ?? [])];
  return texts.reduce((bytes, text) => bytes + Buffer.byteLength(text ?? ''), Time == null ? 0 : TIME_BYTES);
}
