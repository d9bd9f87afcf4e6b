import type { HeaderList } from '../deliveries/delivery-headers.ts';

/**
 * Everything that forwards a request adds its own entry to this header, and so recognizes a request that comes back:
 * https://www.rfc-editor.org/rfc/rfc8586. Hawser's entry is the same in every installation, because a loop may lead
 * through several.
 */
const NAME = 'CDN-Loop';
const OWN_ENTRY = 'hawser';

/**
 * How often a webhook may pass through Hawser before it is refused. Chains are legitimate, of sources, or from
 * one team's Hawser to another's, but nobody has one of eight. Loops are not, and each step may multiply them: with two
 * destinations a loop ends after 2 + 4 + … + 2^8 = 510 deliveries of 255 events, which is less than a cent; a limit of
 * 16 would let through 131,070.
 */
export const MAX_PASSAGES = 8;

/**
 * How often a webhook has passed through Hawser. Strangers may write the header, but additional entries harm only their
 * own webhooks.
 */
export function passagesOf(headers: HeaderList): number {
  let passages = 0;
  for (const [name, value] of headers) {
    if (!isLoopHeader(name)) continue;
    for (const entry of entriesOf(value)) if (isOwn(entry)) passages++;
  }
  return passages;
}

/**
 * One more entry than the event came with. Entries of others are dropped, though intermediaries must keep them: a
 * delivery is a request of Hawser's own, and if sender and receiver use the same CDN, it would see a loop.
 */
export function loopHeader(received: HeaderList): readonly [name: string, value: string] {
  const passages = Math.min(passagesOf(received) + 1, MAX_PASSAGES);
  return [NAME, Array<string>(passages).fill(OWN_ENTRY).join(', ')];
}

/** A transform must not remove or invent passages: `made` gets those of `received`. */
export function keepPassages(made: HeaderList, received: HeaderList): HeaderList {
  return [...made.filter(([name]) => !isLoopHeader(name)), ...received.filter(([name]) => isLoopHeader(name))];
}

function isLoopHeader(name: string): boolean {
  return name.toLowerCase() === NAME.toLowerCase();
}

/** Parameters may follow. */
function isOwn(entry: string): boolean {
  const [id = ''] = entry.split(';', 1);
  return id.trim().toLowerCase() === OWN_ENTRY;
}

/** One pass over any text; a comma in quotes is part of a parameter. */
function* entriesOf(value: string): Generator<string> {
  let start = 0;
  let quoted = false;
  for (let at = 0; at < value.length; at++) {
    const character = value[at];
    if (character === '"') quoted = !quoted;
    else if (character === '\\' && quoted) at++;
    else if (character === ',' && !quoted) {
      yield value.slice(start, at);
      start = at + 1;
    }
  }
  yield value.slice(start);
}
