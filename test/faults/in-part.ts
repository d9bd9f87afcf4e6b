import type { WireRequest, WireResponse } from '../../local/wire/wire.ts';

type Pass = (request: WireRequest) => Promise<WireResponse>;
type Json = Readonly<Record<string, unknown>>;

interface Part {
  /** What is passed on; absent if nothing is. */
  readonly taken?: Json;
  /** Adds the items that were not taken to the answer. */
  readonly answer: (output: Json) => Json;
}

/**
 * Passes on some items of a batch, and answers like a service that took only these.
 * @returns `undefined` if the call is not a batch
 */
export async function takeInPart(
  operation: string,
  request: WireRequest,
  pass: Pass,
  random: () => number,
): Promise<WireResponse | undefined> {
  const input = JSON.parse(Buffer.from(request.body).toString('utf8')) as Json;
  const part = partOf(operation, input, random);
  if (!part) return undefined;
  let output: Json = {};
  let headers: Record<string, string> = { 'content-type': request.headers['content-type'] ?? '' };
  if (part.taken) {
    const answer = await pass({ ...request, body: Buffer.from(JSON.stringify(part.taken)) });
    if (answer.status !== 200) return answer;
    output = JSON.parse(Buffer.from(answer.body).toString('utf8')) as Json;
    // This is the checksum of the original body.
    const { 'x-amz-crc32': _, ...others } = answer.headers;
    headers = others;
  }
  return { status: 200, headers, body: JSON.stringify(part.answer(output)) };
}

function partOf(operation: string, input: Json, random: () => number): Part | undefined {
  switch (operation) {
    case 'BatchWriteItem': {
      const [[table, items]] = Object.entries(input.RequestItems as object) as [[string, unknown[]]];
      const { taken, left } = split(items, random);
      return {
        ...(taken.length > 0 && { taken: { ...input, RequestItems: { [table]: taken } } }),
        answer: (output) => ({ ...output, UnprocessedItems: { [table]: left } }),
      };
    }
    case 'BatchGetItem': {
      const [[table, get]] = Object.entries(input.RequestItems as object) as [[string, { Keys: unknown[] }]];
      const { taken, left } = split(get.Keys, random);
      return {
        ...(taken.length > 0 && { taken: { ...input, RequestItems: { [table]: { ...get, Keys: taken } } } }),
        answer: (output) => ({
          Responses: { [table]: [] },
          ...output,
          UnprocessedKeys: { [table]: { ...get, Keys: left } },
        }),
      };
    }
    case 'PutEvents': {
      const entries = input.Entries as unknown[];
      const failed = { ErrorCode: 'ThrottlingException', ErrorMessage: 'test: not taken' };
      return { answer: () => ({ FailedEntryCount: entries.length, Entries: entries.map(() => failed) }) };
    }
    case 'SendMessageBatch':
    case 'DeleteMessageBatch':
    case 'ChangeMessageVisibilityBatch': {
      const { taken, left } = split(input.Entries as { Id: string }[], random);
      const failed = left.map(({ Id }) => ({
        Id,
        SenderFault: false,
        Code: 'InternalError',
        Message: 'test: not taken',
      }));
      return {
        ...(taken.length > 0 && { taken: { ...input, Entries: taken } }),
        answer: ({ Failed = [], ...output }) => ({
          Successful: [],
          ...output,
          Failed: [...(Failed as unknown[]), ...failed],
        }),
      };
    }
    default:
      return undefined;
  }
}

/** Leaves at least one item. */
function split<Item>(items: readonly Item[], random: () => number): { taken: Item[]; left: Item[] } {
  const isTaken = items.map(() => random() < 0.5);
  const taken = items.filter((_, index) => isTaken[index] && index > 0);
  return { taken, left: items.filter((item) => !taken.includes(item)) };
}
