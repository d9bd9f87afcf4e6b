import { PutObjectCommand, S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import type { STSClient } from '@aws-sdk/client-sts';
import { fillPlaceholders } from '../../core/destination-types/placeholders.ts';
import type { DestinationTargets } from '../../core/destination-types/registry.ts';
import { attemptOnAws } from './aws-attempt.ts';
import { AwsClients } from './aws-clients.ts';
import type { DestinationType } from './destination-type.ts';
import { contentEncodingOf, contentTypeOf } from './webhook-body.ts';

/** Writes each webhook as an object: the body byte for byte, everything else in metadata. */
export function s3Destination(sts: () => STSClient): DestinationType<DestinationTargets['s3']> {
  // The SDK would announce large bodies with `Expect: 100-continue`, but send them without waiting for the response, as it always
  // does when the connections are not its own.
  const clientsWith = (more: S3ClientConfig) =>
    new AwsClients(sts, (options) => new S3Client({ ...options, ...more, expectContinueHeader: false }));
  const clients = clientsWith({});
  // On AWS, the SDK always puts a name with dots into the path, because no certificate covers it as a host.
  const pathStyleClients = clientsWith({ forcePathStyle: true });
  return {
    bind(destination) {
      const { target, timeoutSeconds } = destination;
      const { bucket, region, key, content_type: ownContentType, metadata } = target.config;
      return {
        attempt({ job, head, body }) {
          const Key = fillPlaceholders(key, job);
          const Metadata = {
            ...metadata,
            'hawser-event-id': job.eventId,
            'hawser-delivery-id': job.deliveryId,
            'hawser-source-id': job.sourceId,
          };
          const ContentType = ownContentType ?? contentTypeOf(head) ?? 'application/octet-stream';
          // The bytes stay encoded as the sender sent them, and readers of the object must know how.
          const ContentEncoding = contentEncodingOf(head);
          return attemptOnAws({
            target: `s3://${bucket}/${Key}`,
            attributes: [
              ['Content-Type', ContentType],
              ...(ContentEncoding === undefined ? [] : [['Content-Encoding', ContentEncoding] as const]),
              ...Object.entries(Metadata).map(([name, value]) => [`x-amz-meta-${name}`, value] as const),
            ],
            timeoutSeconds,
            send: (abortSignal) =>
              (bucket.includes('.') ? pathStyleClients : clients)
                .client(destination, region)
                .send(
                  new PutObjectCommand({ Bucket: bucket, Key, Body: body, ContentType, ContentEncoding, Metadata }),
                  { abortSignal },
                ),
            toLoggedBody: ({ ETag, VersionId }) => ({ Key, ETag, VersionId }),
          });
        },
      };
    },
  };
}
