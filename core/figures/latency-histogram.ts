/**
 * A histogram of latencies in whole milliseconds, whose buckets are at most 4 % wide: 0, 1, 2, … 24, 25–26, … 99–102, … The
 * middle of a bucket is within 2 % of every value in it, and exact up to 24 ms. Buckets are numbered from 0, without gaps, and
 * histograms merge by adding counts, so that any number of them has the percentiles of all their values together.
 *
 * The idea is DDSketch's (https://arxiv.org/abs/1908.10693) with γ = 1.04; that latencies are whole numbers makes the middle
 * of the numbers that a bucket holds as good as the sketch's own estimate.
 *
 * Rows of the deliveries table name buckets by number: with another width they would need other names.
 */
export type LatencyHistogram = ReadonlyMap<number, number>;

/** Ratio of the largest to the smallest value of a bucket. */
const WIDTH = 1.04;
/** An attempt takes at most 60 s, plus the time to abort it; anything longer is counted as this. */
const MAX_LATENCY_MS = 120_000;

/** The largest value of each bucket. */
const UPPER_BOUNDS: readonly number[] = upperBounds();

function upperBounds(): number[] {
  const bounds: number[] = [];
  for (let lowest = 0; lowest <= MAX_LATENCY_MS; lowest = (bounds.at(-1) ?? 0) + 1) {
    bounds.push(Math.min(MAX_LATENCY_MS, Math.floor(lowest * WIDTH)));
  }
  return bounds;
}

/** The first bucket whose upper bound is not below the latency. */
function bucketOf(latencyMs: number): number {
  const wanted = Math.min(MAX_LATENCY_MS, Math.round(latencyMs));
  let [low, high] = [0, UPPER_BOUNDS.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((UPPER_BOUNDS[middle] ?? MAX_LATENCY_MS) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Half of the sum of its smallest and its largest value. */
function middleOf(bucket: number): number {
  const lowest = bucket === 0 ? 0 : (UPPER_BOUNDS[bucket - 1] ?? 0) + 1;
  return (lowest + (UPPER_BOUNDS[bucket] ?? MAX_LATENCY_MS)) / 2;
}

export function histogramOf(latenciesMs: readonly number[]): LatencyHistogram {
  return mergeHistograms(latenciesMs.map((latencyMs) => new Map([[bucketOf(latencyMs), 1]])));
}

export function mergeHistograms(histograms: readonly LatencyHistogram[]): LatencyHistogram {
  const merged = new Map<number, number>();
  for (const histogram of histograms) {
    for (const [bucket, count] of histogram) merged.set(bucket, (merged.get(bucket) ?? 0) + count);
  }
  return merged;
}

/** How many latencies are in it. */
export function countOf(histogram: LatencyHistogram): number {
  let count = 0;
  for (const ofBucket of histogram.values()) count += ofBucket;
  return count;
}

/**
 * The smallest latency that at least `percent` of all do not exceed, within 2 % (nearest rank); `undefined` if there
 * are none.
 * @param percent above 0, up to 100
 */
export function percentileMs(histogram: LatencyHistogram, percent: number): number | undefined {
  let left = Math.ceil((countOf(histogram) * percent) / 100);
  for (const [bucket, count] of [...histogram].sort(([one], [other]) => one - other)) {
    left -= count;
    if (left <= 0) return middleOf(bucket);
  }
  return undefined;
}
