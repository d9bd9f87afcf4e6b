/** What a sample is made for: one webhook of its own, so that it is no copy of the one before. */
export interface Occasion {
  readonly nowMs: number;
  /** Random, for ids: 32 hex characters. */
  readonly unique: string;
  /** The provider's name of the kind of event. */
  readonly type: string;
}

interface Sample {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** With a body of any bytes, which are what is signed. */
interface Unsigned extends Pick<Sample, 'headers'> {
  readonly body: Uint8Array;
}

/** A provider as it sends webhooks: with the fields that receivers look at most, not all of them. */
export interface Provider {
  readonly name: string;
  /** As `verification` of a source names it. */
  readonly verification: string;
  /** The kinds of events that there are samples of, the usual one first. */
  readonly types: readonly [string, ...string[]];
  sample(occasion: Occasion): Sample;
  /** The headers that prove who has sent it. */
  sign(webhook: Unsigned, secret: string, url: string, occasion: Occasion): Readonly<Record<string, string>>;
}

export const JSON_CONTENT = { 'Content-Type': 'application/json' } as const;

export function unixSeconds({ nowMs }: Pick<Occasion, 'nowMs'>): number {
  return Math.floor(nowMs / 1000);
}

export function uuid({ unique }: Pick<Occasion, 'unique'>): string {
  return unique.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
