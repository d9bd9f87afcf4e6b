/** An error as the real service would return it: the modelled code (`ValidationException`), a message, an HTTP status. */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;
  /** Additional members of the modelled error shape, such as `Item` or `CancellationReasons`. */
  readonly members: Readonly<Record<string, unknown>>;

  constructor(code: string, message: string, status = 400, members: Record<string, unknown> = {}) {
    super(message);
    this.name = code;
    this.code = code;
    this.status = status;
    this.members = members;
  }
}

/** The error for an operation or parameter that an embedded service doesn't implement. Nothing is silently ignored. */
export function notImplemented(service: string, what: string): AwsError {
  return new AwsError(
    'NotImplemented',
    `Hawser's local ${service} does not implement ${what}. It has only what the stack uses: see docs/local-engine.md`,
    501,
  );
}
