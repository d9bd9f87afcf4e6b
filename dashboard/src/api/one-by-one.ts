/** Requests under way at a time: a browser keeps six connections, and the page needs one. */
const AT_A_TIME = 5;

export interface Progress {
  readonly done: number;
  readonly of: number;
}

/**
 * Does something with each of many, a few at a time, and tells how far it is. The first that fails ends it, once those under way have.
 * @param isStopped asked before each
 */
export async function withEach<Item>(
  items: readonly Item[],
  act: (item: Item) => Promise<unknown>,
  tell: (progress: Progress) => void,
  isStopped: () => boolean,
): Promise<number> {
  const left = [...items];
  let done = 0;
  let hasFailed = false;
  const work = async () => {
    for (let item = left.shift(); item !== undefined && !hasFailed && !isStopped(); item = left.shift()) {
      try {
        await act(item);
      } catch (error) {
        hasFailed = true;
        throw error;
      }
      done += 1;
      tell({ done, of: items.length });
    }
  };
  tell({ done, of: items.length });
  const ended = await Promise.allSettled(Array.from({ length: AT_A_TIME }, work));
  const failed = ended.find((one) => one.status === 'rejected');
  if (failed) throw failed.reason;
  return done;
}
