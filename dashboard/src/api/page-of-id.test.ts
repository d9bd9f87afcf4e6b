import { describe, expect, it } from 'vitest';
import { eventIdIn, hasPartOfId, pageOfId } from './page-of-id.ts';

const hex = '01a214b7c25277d5ae4208c1f2d7ef40';

describe('the page of an id', () => {
  it.each([
    [`evt_${hex}`, `/events/evt_${hex}`],
    [`  dlv_${hex}\n`, `/deliveries/dlv_${hex}`],
    [`src_${hex}`, `/sources/src_${hex}`],
    [`dst_${hex}`, `/destinations/dst_${hex}`],
    [`con_${hex}`, `/connections/con_${hex}`],
    [`EVT_${hex.toUpperCase()}`, `/events/evt_${hex}`],
    [`https://hooks.example.com/events/evt_${hex}?x=1`, `/events/evt_${hex}`],
    [`POST /hook webhook-id=evt_${hex} 500`, `/events/evt_${hex}`],
  ])('%j leads to its page', (text, path) => {
    expect(pageOfId(text)).toBe(path);
  });

  it.each(['', '../keys', 'evt_1', `evt_${hex}0`, `key_${hex}`, `xevt_${hex}`])('%j leads to no page', (text) => {
    expect(pageOfId(text)).toBeUndefined();
  });
});

describe('a part of an id', () => {
  it.each([
    'evt_…5ae4208cf2d7ef40',
    'dlv_...f2d7ef40',
    `evt_${hex.slice(1)}`,
    'id: evt_01a2 ',
    '…f2d7ef40',
    'src_',
    ` ${hex.slice(-14)}\n`,
    hex,
  ])('a part of an id is recognized in %j', (text) => {
    expect(hasPartOfId(text)).toBe(true);
  });

  it.each(['', '../keys', `evt_${hex}0`, `${hex}0`, 'previous', `order ${hex}`, '404', 'GET /… 404'])(
    'no part of an id is recognized in %j',
    (text) => {
      expect(hasPartOfId(text)).toBe(false);
    },
  );
});

describe('the id of an event', () => {
  it.each([`evt_${hex}`, `dlv_${hex} of EVT_${hex.toUpperCase()}`, `https://hooks.example.com/events/evt_${hex}`])(
    'the id of an event is found in %j',
    (text) => {
      expect(eventIdIn(text)).toBe(`evt_${hex}`);
    },
  );

  it.each(['', 'evt_1', `evt_${hex}0`, `dlv_${hex}`])('no id of an event is found in %j', (text) => {
    expect(eventIdIn(text)).toBeUndefined();
  });
});
