import * as z from 'zod';
import { isObject } from '../core/is-object.ts';

/** Keyed by name. A header that occurs several times has a list of values. */
export type ShownHeaders = Readonly<Record<string, string | string[]>>;

const value = z.union([z.string(), z.array(z.string())]);

/** A sender may have used any name, so this is not zod's record, which silently drops `__proto__`. */
export const shownHeaders = z.custom<ShownHeaders>(
  (given) => isObject(given) && Object.values(given).every((one) => value.safeParse(one).success),
  'must be an object of strings and lists of strings',
);
