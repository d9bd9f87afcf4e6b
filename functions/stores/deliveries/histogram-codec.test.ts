import fc from 'fast-check';
import { expect, it } from 'vitest';
import { histogramOf } from '../../../core/figures/latency-histogram.ts';
import { decodeHistogram, encodeHistogram } from './histogram-codec.ts';

const histogram = fc
  .uniqueArray(fc.tuple(fc.nat(255), fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER })), {
    selector: ([bucket]) => bucket,
  })
  .map((entries) => new Map(entries));

it('a histogram is decoded as it was encoded', () => {
  fc.assert(fc.property(histogram, (one) => void expect(decodeHistogram(encodeHistogram(one))).toEqual(one)));
});

it('every latency has a bucket that fits', () => {
  const all = histogramOf(Array.from({ length: 121_000 }, (_, ms) => ms));
  expect(decodeHistogram(encodeHistogram(all))).toEqual(all);
});

it('a bucket takes two bytes up to 127 attempts, and three up to 16,383', () => {
  const size = (count: number) => encodeHistogram(new Map([[52, count]])).byteLength;
  expect([1, 127, 128, 16_383, 16_384].map(size)).toEqual([2, 2, 3, 3, 4]);
});

it('truncated bytes are rejected', () => {
  const bytes = encodeHistogram(new Map([[52, 300]]));
  expect(() => decodeHistogram(bytes.subarray(0, -1))).toThrow('within a bucket');
  expect(() => decodeHistogram(bytes.subarray(0, 1))).toThrow('within a bucket');
});

it('a number that is not a byte is rejected', () => {
  expect(() => encodeHistogram(new Map([[256, 1]]))).toThrow('256');
});
