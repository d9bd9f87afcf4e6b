import * as z from 'zod';
import { type Id, idPattern, isId } from './ids.ts';

/** Examples for the API reference, consistent with each other: the event came from that source, and the delivery went over that connection. */
const examples: Readonly<Record<string, string>> = {
  org: 'org_01a201474df87e18854120a7bbf98b9a',
  key: 'key_01a2014750057c1f9dd1a7be60b2a3c4',
  src: 'src_01a201474e377636aae23f36d2094ffe',
  dst: 'dst_01a201474eb47ef19018b4aabea673b2',
  con: 'con_01a201474ef07320a67f2f39d90bbc8f',
  evt: 'evt_01a201474fdd7e078ffdd0b2d2094ffe',
  dlv: 'dlv_01a201474fdd7e078ffdd0b2d90bbc8f',
  rpl: 'rpl_01a2014753a17c5d9b0e64f28a1d70c3',
};

export function exampleId(prefix: string): string {
  return examples[prefix] ?? '';
}

/** Parses an id of one kind; the problem names the prefix that was expected. */
export function idSchema<Prefix extends string>(prefix: Prefix): z.ZodType<Id<Prefix>, Id<Prefix>> {
  return z
    .custom<Id<Prefix>>((value) => typeof value === 'string' && isId(prefix, value), {
      error: `must be an id that Hawser has given out: ${prefix}_ and a UUIDv7 in 32 lower-case hex digits`,
    })
    .meta({ type: 'string', pattern: idPattern(prefix), examples: [exampleId(prefix)] });
}
