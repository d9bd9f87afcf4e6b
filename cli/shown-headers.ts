import * as z from 'zod';
import { isObject } from '../core/is-object.ts';

/** By name; one that stands several times has a list of values. */
export type ShownHeaders = Readonly<Record<string, string | string[]>>;

const value = z.union([z.string(), z.array(z.string())]);

/** Any name that a sender may have used: no record of zod's, which would drop `__proto__` without a word. */
export const shownHeaders = z.custom<ShownHeaders>(
  (given) => isObject(given) && Object.values(given).every((one) => value.safeParse(one).success),
  'must be an object of strings and lists of strings',
);
