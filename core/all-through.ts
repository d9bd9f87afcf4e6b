/**
 * As `Promise.all`, but settled only once all of them are: what has begun must not go on once its function has answered. Lambda freezes
 * it then, and it ends in another invocation or never, while the message that it was part of comes back.
 * @throws what the first of them in order has thrown
 */
export async function allThrough<const Promises extends readonly unknown[]>(
  promises: Promises,
): Promise<{ -readonly [Index in keyof Promises]: Awaited<Promises[Index]> }> {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}
