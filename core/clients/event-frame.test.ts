import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firstJob } from '../deliveries/delivery.ts';
import type { HeaderList } from '../deliveries/delivery-headers.ts';
import { newEventId, newId } from '../ids.ts';
import { buildEventFrame, type EventFrame, MAX_FRAME_BYTES } from './event-frame.ts';

const acceptedAt = new Date('2026-11-22T03:23:00.945Z');
const sourceId = newId('src');
const job = firstJob(
  { id: newEventId(sourceId, acceptedAt.getTime()), organizationId: newId('org'), sourceId },
  { id: newId('con'), destinationId: newId('dst') },
);

function frameOf(body: string | Uint8Array, over: { headers?: HeaderList; path?: string; query?: string } = {}) {
  const head = { method: 'PUT', path: '/orders', query: 'a=1', headers: [], sourceIp: '192.0.2.1', ...over };
  const { text, frame } = buildEventFrame({ job, head, body: Buffer.from(body) });
  expect(JSON.parse(text)).toEqual(frame);
  return { text, frame };
}

/** A body whose frame has exactly this many bytes. */
function bodyFor(frameBytes: number): string {
  const overhead = Buffer.byteLength(frameOf('').text);
  const guess = frameBytes - overhead;
  return 'x'.repeat(guess - (String(guess).length - 1));
}

describe('the frame of an event', () => {
  it('a frame has the path, query and headers of the request, and its body as text', () => {
    const headers: HeaderList = [
      ['Content-Type', 'application/json'],
      ['X-List', 'a'],
      ['X-List', 'b'],
      ['Host', 'hawser.example'],
    ];
    expect(frameOf('{"order": 12345678901234567890}', { headers }).frame).toEqual({
      type: 'event',
      event_id: job.eventId,
      delivery_id: job.deliveryId,
      source_id: sourceId,
      attempt: 1,
      created_at: acceptedAt.toISOString(),
      method: 'PUT',
      path: '/orders',
      query: 'a=1',
      headers: { 'Content-Type': 'application/json', 'X-List': ['a', 'b'] },
      body: '{"order": 12345678901234567890}',
      body_encoding: 'utf8',
      body_bytes: 31,
      body_url: null,
    });
  });

  it('a body that is not text is in base64', () => {
    const { body, body_encoding } = frameOf(Uint8Array.of(0, 0xff, 0x80)).frame;
    expect([body, body_encoding]).toEqual(['AP+A', 'base64']);
  });

  it('a frame of 128 KiB has the body, and one byte more only a reference to the event', () => {
    const body = bodyFor(MAX_FRAME_BYTES);
    const { text, frame } = frameOf(body);
    expect(Buffer.byteLength(text)).toBe(MAX_FRAME_BYTES);
    expect(frame).toMatchObject({ body, body_url: null });
    const reference = frameOf(`${body}x`);
    expect(reference.frame).toMatchObject({
      body: null,
      body_encoding: null,
      body_bytes: body.length + 1,
      body_url: `/v1/events/${job.eventId}`,
      headers: {},
    });
    expect(Buffer.byteLength(reference.text)).toBeLessThan(1_000);
  });

  it('the limit of a frame counts bytes of UTF-8, not characters', () => {
    expect(frameOf('é'.repeat(65_000)).frame.body).not.toBeNull();
    expect(frameOf('é'.repeat(66_000)).frame.body).toBeNull();
    expect(frameOf('€'.repeat(44_000)).frame.body).toBeNull();
  });

  it('a frame without room for the headers omits all of them and stays valid', () => {
    const headers: HeaderList = [['X-Long', 'x'.repeat(MAX_FRAME_BYTES)]];
    expect(frameOf('{}', { headers }).frame).toMatchObject({
      headers: null,
      body: null,
      body_url: `/v1/events/${job.eventId}`,
    });
  });

  it('any frame fits into a message, and one without the body has its URL', () => {
    const text = (maxLength: number) => fc.string({ unit: 'binary', maxLength });
    const long = fc.tuple(text(20), fc.nat(200_000)).map(([unit, length]) => unit.repeat(length).slice(0, length));
    const bodies = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      long.map((body) => new Uint8Array(Buffer.from(body))),
    );
    const headers = fc.array(fc.tuple(text(30), fc.oneof(text(100), long)), { maxLength: 3 });
    fc.assert(
      fc.property(bodies, headers, text(2_500), text(2_500), (body, list, path, query) => {
        const { text: sent, frame } = frameOf(body, { headers: list, path, query });
        expect(Buffer.byteLength(sent)).toBeLessThanOrEqual(MAX_FRAME_BYTES);
        expect(frame.body_url === null).toBe(frame.body !== null);
        if (frame.body !== null) expect(bytesOf(frame)).toEqual(Buffer.from(body));
      }),
      { numRuns: 100 },
    );
  });
});

function bytesOf({ body, body_encoding }: EventFrame): Buffer {
  return Buffer.from(body ?? '', body_encoding ?? 'utf8');
}
