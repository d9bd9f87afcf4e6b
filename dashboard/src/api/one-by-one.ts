/** Requests under way at a time. A browser opens six connections, and the page needs one of them. */
const AT_A_TIME = 5;

export interface Progress {
  readonly done: number;
  readonly of: number;
}

/** The outcome of doing something with each of many. Items in neither list were not done, or their outcome is unknown. */
export interface Outcome<Item> {
  readonly done: ReadonlySet<Item>;
  readonly refused: readonly Refusal<Item>[];
  /** The error that ended it early. */
  readonly failure?: { readonly error: unknown };
}

interface Refusal<Item> {
  readonly item: Item;
  readonly error: unknown;
}

interface Ends {
  /** Checked before each item. */
  readonly isStopped: () => boolean;
  /**
   * Whether an error concerns only one item, so that the others may still work. Any other error ends it once the requests under
   * way have ended.
   */
  readonly isRefusal: (error: unknown) => boolean;
}

/** Does something with each of many items, a few at a time, and reports progress. */
export async function processEach<Item>(
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
