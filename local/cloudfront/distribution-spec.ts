/** What the template says about a distribution, as far as it applies on one machine. */
export interface DistributionSpec {
  readonly id: string;
  readonly domainName: string;
  /** Key of the object for `/`, without a leading slash. */
  readonly defaultRootObject: string | undefined;
  /** In order of precedence; the default, whose pattern is `*`, is the last. */
  readonly behaviors: readonly BehaviorSpec[];
}

export interface BehaviorSpec {
  /** https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesCacheBehavior.html#DownloadDistValuesPathPattern */
  readonly pathPattern: string;
  readonly origin: OriginSpec;
  readonly allowedMethods: readonly string[];
  readonly compress: boolean;
  /** Code of a CloudFront Function that gets requests first. */
  readonly viewerRequest: string | undefined;
  readonly responseHeaders: readonly HeaderRule[];
}

/** A bucket, whose objects the distribution serves, or the REST API, whose requests pass through untouched. */
type OriginSpec = { readonly kind: 'bucket'; readonly bucket: string } | { readonly kind: 'api' };

/** A header of a response headers policy. */
export interface HeaderRule {
  readonly name: string;
  readonly value: string;
  /** Whether it replaces a header of that name from the origin. */
  readonly override: boolean;
}

/** An object as the origin provides it. */
export interface OriginObject {
  readonly bytes: Uint8Array;
  /** In hexadecimal. It is the entity tag of an object that was not uploaded in parts. */
  readonly md5: string;
  readonly modifiedMs: number;
  /** Content type and cache control, by lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
}

/** The part of S3 that a distribution uses. */
export interface ObjectSource {
  read(bucket: string, key: string): OriginObject | undefined;
}
