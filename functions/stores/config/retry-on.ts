/** @throws any error that is not of this kind at once, and one that is after `maxTries` tries */
export async function retryOn<T>(
  work: () => Promise<T>,
  Kind: new (...args: never[]) => Error,
  maxTries: number,
): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Kind) || tries === maxTries) throw error;
    }
  }
}
