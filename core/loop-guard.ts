import type { HeaderList } from './delivery-headers.ts';

/**
 * Whatever passes a request on adds an entry of its own, and so knows one that comes back: https://www.rfc-editor.org/rfc/rfc8586.
 * Hawser's is the same in every installation, as a circle may lead through several.
 */
const NAME = 'CDN-Loop';
const OWN_ENTRY = 'hawser';

/**
 * How often a webhook may have been through Hawser before it is no longer taken. A chain is legitimate: of sources, or of one
 * team's Hawser and another's, and nobody has one of eight. A circle is not, and each step may multiply it: with two destinations
 * it ends after 2 + 4 + … + 2^8 = 510 deliveries of 255 events, which is less than a cent; a limit of 16 would let through 131,070.
 */
export const MAX_PASSAGES = 8;

/** How often a webhook has been through Hawser. A stranger may have written the header: more entries harm their sender alone. */
export function passagesOf(headers: HeaderList): number {
  let passages = 0;
  for (const [name, value] of headers) {
    if (!isLoopHeader(name)) continue;
    for (const entry of entriesOf(value)) if (isOwn(entry)) passages++;
  }
  return passages;
}

/**
 * With one entry more than the event came with. Those of others go no further, though intermediaries must keep them: a delivery
 * is a request of Hawser's own, and the CDN that the sender has used may be the receiver's too, which would see a loop in them.
 */
export function loopHeader(received: HeaderList): readonly [name: string, value: string] {
  const passages = Math.min(passagesOf(received) + 1, MAX_PASSAGES);
  return [NAME, Array<string>(passages).fill(OWN_ENTRY).join(', ')];
}

/** `made` of what was received, by a transform, which could otherwise forget, or make up, where that has been. */
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

/** In one pass over the text, whatever it is; a comma in quotes is part of a parameter. */
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
