import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type IndexedMessage, MessageIndex } from './message-index.ts';

function message(seq: number, groupId?: string, visibleAtMs = 0): IndexedMessage {
  return {
    seq,
    messageId: `m${seq}`,
    groupId,
    sentMs: 0,
    state: 'gone',
    visibleAtMs,
    receivedMs: 0,
    firstReceivedMs: undefined,
    receiveCount: 0,
    heapIndex: -1,
  };
}

/** Claims the next `count` messages and returns their sequence numbers. */
function claim(index: MessageIndex, count: number, nowMs = 0, untilMs = 1000): number[] {
  const seqs: number[] = [];
  for (let next = index.next(); next && seqs.length < count; next = index.next()) {
    index.claim(next, nowMs, untilMs);
    seqs.push(next.seq);
  }
  return seqs;
}

describe('MessageIndex', () => {
  it('messages without a group are handed out in the order of arrival', () => {
    const index = new MessageIndex();
    for (let seq = 1; seq <= 5; seq++) index.add(message(seq), 0);
    expect(claim(index, 10)).toEqual([1, 2, 3, 4, 5]);
  });

  it('the group with the fewest messages in flight goes first, then the oldest message', () => {
    const index = new MessageIndex();
    for (let seq = 1; seq <= 4; seq++) index.add(message(seq, 'a'), 0);
    index.add(message(5, 'b'), 0);
    index.add(message(6), 0);
    expect(claim(index, 10)).toEqual([1, 5, 6, 2, 3, 4]);
  });

  it('a message that was received and not deleted returns to its place', () => {
    const index = new MessageIndex();
    for (let seq = 1; seq <= 3; seq++) index.add(message(seq), 0);
    claim(index, 1);
    index.settle(1000);
    expect(claim(index, 3, 1000)).toEqual([1, 2, 3]);
    expect(index.get(1)?.receiveCount).toBe(2);
  });

  it('a hundred thousand messages are handed out in fair shares', () => {
    const index = new MessageIndex();
    for (let seq = 1; seq <= 100_000; seq++) index.add(message(seq, `g${seq % 7}`), 0);
    const perGroup = new Map<string, number>();
    for (const seq of claim(index, 7000)) perGroup.set(`g${seq % 7}`, (perGroup.get(`g${seq % 7}`) ?? 0) + 1);
    expect([...perGroup.values()]).toEqual(Array(7).fill(1000));
    expect(index.counts).toEqual({ total: 100_000, ready: 93_000, delayed: 0, inFlight: 7000 });
  });

  it('nothing is handed out while the limit of messages in flight is reached', () => {
    const index = new MessageIndex(2);
    for (let seq = 1; seq <= 3; seq++) index.add(message(seq), 0);
    expect(claim(index, 10)).toEqual([1, 2]);
    expect([index.isFull, index.next()]).toEqual([true, undefined]);
    index.settle(1000);
    expect(claim(index, 1, 1000)).toEqual([1]);
  });

  it('groups with too large a share of the messages in flight are passed over', () => {
    const index = new MessageIndex();
    for (let seq = 1; seq <= 8; seq++) index.add(message(seq, 'a'), 0);
    claim(index, 5);
    index.add(message(9, 'b'), 0);
    claim(index, 1);
    index.add(message(10, 'b'), 0);
    expect([index.next(1 / 8), index.next(1 / 6)?.seq, index.nextOfGroup('a')?.seq]).toEqual([undefined, 10, 6]);
    index.add(message(11), 0);
    expect(index.next(1 / 8)?.seq).toBe(11);
  });

  it('the index behaves like a plain list of messages', () => {
    const command = fc.oneof(
      fc.record({
        kind: fc.constant('add' as const),
        group: fc.constantFrom(undefined, 'a', 'b', 'c'),
        delay: fc.nat(3),
      }),
      fc.record({ kind: fc.constant('claim' as const), hold: fc.nat(4) }),
      fc.record({ kind: fc.constant('remove' as const), pick: fc.nat() }),
      fc.record({ kind: fc.constant('setVisibleAt' as const), pick: fc.nat(), hold: fc.nat(4) }),
      fc.record({ kind: fc.constant('unclaim' as const), pick: fc.nat() }),
      fc.record({ kind: fc.constant('pass' as const), ms: fc.nat(3) }),
    );
    fc.assert(
      fc.property(fc.array(command, { maxLength: 80 }), (commands) => {
        const index = new MessageIndex();
        const all: IndexedMessage[] = [];
        const inFlight = () => all.filter(({ state }) => state === 'in flight');
        let nowMs = 0;
        for (const step of commands) {
          const flying = inFlight();
          if (step.kind === 'add') {
            const added = message(all.length + 1, step.group, nowMs + step.delay);
            all.push(added);
            index.add(added, nowMs);
          } else if (step.kind === 'claim') {
            const next = index.next();
            expect(next).toBe(expectedNext(all));
            if (next) index.claim(next, nowMs, nowMs + step.hold);
          } else if (step.kind === 'remove') {
            const picked = all[step.pick % Math.max(1, all.length)];
            if (picked) index.remove(picked);
          } else if (step.kind === 'setVisibleAt') {
            const picked = flying[step.pick % Math.max(1, flying.length)];
            if (picked) index.setVisibleAt(picked, nowMs + step.hold);
          } else if (step.kind === 'unclaim') {
            const picked = flying[step.pick % Math.max(1, flying.length)];
            if (picked) index.unclaim(picked);
          } else {
            nowMs += step.ms;
            index.settle(nowMs);
            for (const { state, visibleAtMs } of all) {
              if (state === 'delayed' || state === 'in flight') expect(visibleAtMs).toBeGreaterThan(nowMs);
            }
          }
          const count = (wanted: IndexedMessage['state']) => all.filter(({ state }) => state === wanted).length;
          expect(index.counts).toEqual({
            total: all.length - count('gone'),
            ready: count('ready'),
            delayed: count('delayed'),
            inFlight: count('in flight'),
          });
        }
      }),
    );
  });
});

/** The rule of fair queues in its simplest form. */
function expectedNext(all: readonly IndexedMessage[]): IndexedMessage | undefined {
  const share = ({ groupId }: IndexedMessage) =>
    groupId === undefined ? 0 : all.filter((other) => other.groupId === groupId && other.state === 'in flight').length;
  return all
    .filter(({ state }) => state === 'ready')
    .sort((a, b) => share(a) - share(b) || a.seq - b.seq)
    .at(0);
}
