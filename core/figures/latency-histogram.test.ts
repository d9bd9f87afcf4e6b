import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countOf, histogramOf, mergeHistograms, percentileMs } from './latency-histogram.ts';

const MAX_RELATIVE_ERROR = 0.02;

/** The exact percentile by nearest rank. */
function exactPercentile(latenciesMs: readonly number[], percent: number): number {
  const rank = Math.ceil((latenciesMs.length * percent) / 100);
  return latenciesMs.toSorted((one, other) => one - other)[rank - 1] ?? Number.NaN;
}

/** Uniform, clustered around one magnitude, or a few values repeated. */
const latency = fc.oneof(
  fc.integer({ min: 0, max: 61_000 }),
  fc.integer({ min: 0, max: 60 }),
  fc.double({ min: 0, max: 11, noNaN: true }).map((logarithm) => Math.round(Math.exp(logarithm))),
  fc.constantFrom(0, 1, 25, 26, 245, 10_000, 60_000),
);
const latencies = fc.array(latency, { minLength: 1, maxLength: 500, size: 'max' });
const percent = fc.oneof(fc.constantFrom(50, 95, 99, 100), fc.double({ min: 0.01, max: 100, noNaN: true }));

const sorted = (histogram: ReadonlyMap<number, number>) => [...histogram].sort(([one], [other]) => one - other);

describe('a latency histogram', () => {
  it('a histogram has every percentile of its values, within 2 %', () => {
    fc.assert(
      fc.property(latencies, percent, (values, wanted) => {
        const exact = exactPercentile(values, wanted);
        const shown = percentileMs(histogramOf(values), wanted) ?? Number.NaN;
        expect(Math.abs(shown - exact)).toBeLessThanOrEqual(exact * MAX_RELATIVE_ERROR);
      }),
      { numRuns: 500 },
    );
  });

  it('a histogram is within 2 % at every millisecond up to two minutes, and exact up to 24 ms', () => {
    const errors = Array.from({ length: 120_001 }, (_, latencyMs) => {
      const shown = percentileMs(histogramOf([latencyMs]), 50) ?? Number.NaN;
      return latencyMs === 0 ? shown : Math.abs(shown - latencyMs) / latencyMs;
    });
    expect(errors.slice(0, 25)).toEqual(Array(25).fill(0));
    expect(errors.filter((error) => !(error <= MAX_RELATIVE_ERROR))).toEqual([]);
  });

  it('two merged histograms equal the histogram of all values', () => {
    fc.assert(
      fc.property(fc.array(latencies, { maxLength: 4 }), (parts) => {
        const merged = mergeHistograms(parts.map(histogramOf));
        expect(sorted(merged)).toEqual(sorted(histogramOf(parts.flat())));
        expect(countOf(merged)).toBe(parts.flat().length);
      }),
    );
  });

  it('latencies over two minutes count as two minutes', () => {
    expect(percentileMs(histogramOf([3_600_000]), 99)).toBe(percentileMs(histogramOf([120_000]), 99));
  });

  it('a histogram has a little over 200 buckets, so it fits in a row', () => {
    expect(histogramOf(Array.from({ length: 130_000 }, (_, latencyMs) => latencyMs)).size).toBe(231);
  });

  it('an empty histogram has no percentiles', () => {
    expect(percentileMs(histogramOf([]), 50)).toBeUndefined();
  });
});
