/** Requests under way at a time: a browser keeps six connections, and the page needs one. */
const AT_A_TIME = 5;

export interface Progress {
  readonly done: number;
  readonly of: number;
}

/** What has come of doing something with each of many. Whatever is neither done nor refused is left as it was, or nobody knows. */
export interface Outcome<Item> {
  readonly done: ReadonlySet<Item>;
  readonly refused: readonly Refusal<Item>[];
  /** What has ended it before all were gone through. */
  readonly failure?: { readonly error: unknown };
}

interface Refusal<Item> {
  readonly item: Item;
  readonly error: unknown;
}

interface Ends {
  /** Asked before each. */
  readonly isStopped: () => boolean;
  /** Whether an error is about the one alone, and the others may well be done. Another one ends it, once those under way have. */
  readonly isRefusal: (error: unknown) => boolean;
}

/** Does something with each of many, a few at a time, and tells how far it is. */
export async function withEach<Item>(
  items: readonly Item[],
  act: (item: Item) => Promise<unknown>,
  tell: (progress: Progress) => void,
  { isStopped, isRefusal }: Ends,
): Promise<Outcome<Item>> {
  const left = [...items];
  const done = new Set<Item>();
  const refused: Refusal<Item>[] = [];
  let failure: Outcome<Item>['failure'];
  const work = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) {
      if (failure || isStopped()) return;
      try {
        await act(item);
        done.add(item);
      } catch (error) {
        if (isRefusal(error)) refused.push({ item, error });
        else failure ??= { error };
      }
      tell({ done: done.size + refused.length, of: items.length });
    }
  };
  tell({ done: 0, of: items.length });
  await Promise.all(Array.from({ length: AT_A_TIME }, work));
  return { done, refused, ...(failure && { failure }) };
}
