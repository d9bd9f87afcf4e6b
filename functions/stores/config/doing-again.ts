/**
 * Does the work, and does it again while it ends with an error of this kind: what it went by has changed meanwhile.
 * @param most how often at most
 * @throws any other error at once, and this one after the last time
 */
export async function doingAgain<T>(
  work: () => Promise<T>,
  Kind: new (...args: never[]) => Error,
  most: number,
): Promise<T> {
  for (let times = 1; ; times++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Kind) || times === most) throw error;
    }
  }
}
