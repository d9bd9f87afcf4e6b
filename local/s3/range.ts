import { AwsError, notImplemented } from '../wire/aws-error.ts';

export interface ByteRange {
  readonly start: number;
  readonly length: number;
}

/**
 * One range of a `Range` header, clipped to an object of `size` bytes: `bytes=0-9`, `bytes=5-`, `bytes=-3`.
 * @throws AwsError InvalidRange if no part of it is in the object; 501 for several ranges or another unit.
 */
export function parseRange(header: string, size: number): ByteRange {
  const match = header.match(/^bytes=(\d*)-(\d*)$/);
  if (!match || header === 'bytes=-') throw notImplemented('s3', `the range ${header} of GetObject`);
  const [, first = '', last = ''] = match;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (start > end) {
    throw new AwsError('InvalidRange', 'The requested range is not satisfiable', 416, {
      RangeRequested: header,
      ActualObjectSize: String(size),
    });
  }
  return { start, length: end - start + 1 };
}
