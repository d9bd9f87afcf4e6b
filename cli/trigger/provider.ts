/** What a sample is made from. Each webhook is unique, so that none is a duplicate of the one before. */
export interface Occasion {
  readonly nowMs: number;
  /** 32 random hex characters, for ids. */
  readonly unique: string;
  /** The type of the event, by the provider's name for it. */
  readonly type: string;
}

interface Sample {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The body may be any bytes. These are what is signed. */
interface Unsigned extends Pick<Sample, 'headers'> {
  readonly body: Uint8Array;
}

/** A provider's webhooks, with the fields that receivers use most, not all of them. */
export interface Provider {
  readonly name: string;
  /** The provider's name in a source's `verification`. */
  readonly verification: string;
  /** The types of events for which there are samples, the most common first. */
  readonly types: readonly [string, ...string[]];
  sample(occasion: Occasion): Sample;
  /** The headers that prove who sent it. */
  sign(webhook: Unsigned, secret: string, url: string, occasion: Occasion): Readonly<Record<string, string>>;
}

export const JSON_CONTENT = { 'Content-Type': 'application/json' } as const;

export function unixSeconds({ nowMs }: Pick<Occasion, 'nowMs'>): number {
  return Math.floor(nowMs / 1000);
}

export function uuid({ unique }: Pick<Occasion, 'unique'>): string {
  return unique.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
