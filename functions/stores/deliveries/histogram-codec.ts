import type { LatencyHistogram } from '../../../core/latency-histogram.ts';

/**
 * A histogram that nothing is added to any more, for its row: of each bucket its number, in one byte, and its count, seven bits
 * a byte, the lowest first, all but the last byte with the eighth bit set (LEB128). Two or three bytes a bucket, and one attribute
 * for the SDK to make something of: a week of 672 rows with 30 buckets each takes it 3 ms, and 17 ms as an attribute for each.
 */
export function encodeHistogram(histogram: LatencyHistogram): Uint8Array {
  const bytes: number[] = [];
  for (const [bucket, count] of histogram) {
    if (bucket > 255) throw new RangeError(`bucket ${bucket} does not fit a byte`);
    bytes.push(bucket);
    let rest = count;
    for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
    bytes.push(rest);
  }
  return Uint8Array.from(bytes);
}

export function decodeHistogram(bytes: Uint8Array): LatencyHistogram {
  const histogram = new Map<number, number>();
  let bucket: number | undefined;
  let [count, factor] = [0, 1];
  for (const byte of bytes) {
    if (bucket === undefined) {
      bucket = byte;
      continue;
    }
    count += (byte % 128) * factor;
    factor *= 128;
    if (byte > 127) continue;
    histogram.set(bucket, count);
    bucket = undefined;
    [count, factor] = [0, 1];
  }
  if (bucket !== undefined) throw new RangeError('a histogram ends within a bucket');
  return histogram;
}
