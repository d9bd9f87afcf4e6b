/** An error as the real service would answer it: the modelled code (`ValidationException`), a message, an HTTP status. */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;
  /** Further members of the modelled error shape, such as `Item` or `CancellationReasons`. */
  readonly members: Readonly<Record<string, unknown>>;

  constructor(code: string, message: string, status = 400, members: Record<string, unknown> = {}) {
    super(message);
    this.name = code;
    this.code = code;
    this.status = status;
    this.members = members;
  }
}

/** What an embedded service answers for an operation or a parameter that it does not implement. Nothing is ignored silently. */
export function notImplemented(service: string, what: string): AwsError {
  return new AwsError(
    'NotImplemented',
    `Hawser's local ${service} does not implement ${what}. It has only what the stack calls: see docs/local-engine.md`,
    501,
  );
}
