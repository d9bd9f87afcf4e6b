import * as z from 'zod';

/** A custom response, for senders that require more than a 2xx. */
export interface IngestResponse {
  readonly statusCode: number;
  readonly contentType: IngestContentType;
  readonly body: string;
}

/** Only types that browsers don't show as a page of this origin, because it has the session cookie. */
const ingestContentTypes = ['text/plain', 'application/json', 'application/xml', 'text/xml'] as const;
type IngestContentType = (typeof ingestContentTypes)[number];

const MAX_BODY_LENGTH = 2_048;

export const ingestResponse = z.strictObject({
  status_code: z.int().min(200).max(299),
  content_type: z.enum(ingestContentTypes),
  body: z
    .string()
    .max(MAX_BODY_LENGTH)
    .meta({ examples: ['ok'] }),
});

const fields = ingestResponse.shape;

/** Only a 2xx can be chosen, because senders take anything else for a failure and send again. */
export const ingestResponseField = z
  .strictObject({
    status_code: fields.status_code.default(200),
    content_type: fields.content_type.default('text/plain'),
    body: fields.body.refine((text) => text.isWellFormed(), 'must be well-formed Unicode').default(''),
  })
  .refine(({ status_code, body }) => body === '' || !isBodiless(status_code), {
    path: ['body'],
    message: 'must be empty with this status',
  })
  .transform(responseOf);

/** RFC 9110 §15.3.5, §15.3.6 */
function isBodiless(statusCode: number): boolean {
  return statusCode === 204 || statusCode === 205;
}

/** Reads the fields of requests and table rows. */
export function responseOf({ status_code, content_type, body }: z.output<typeof ingestResponse>): IngestResponse {
  return { statusCode: status_code, contentType: content_type, body };
}

/** The inverse of `responseOf`, for API responses and table rows. */
export function toIngestResponseFields({
  statusCode,
  contentType,
  body,
}: IngestResponse): z.input<typeof ingestResponse> {
  return { status_code: statusCode, content_type: contentType, body };
}
