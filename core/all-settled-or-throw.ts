/**
 * Like `Promise.all`, but settles only once all promises have. Work must not go on after its function has answered: Lambda then
 * freezes it, and it ends in another invocation or never, while the message that it was part of comes back.
 * @throws the error of the first promise, in the given order, that was rejected
 */
export async function allSettledOrThrow<const Promises extends readonly unknown[]>(
  promises: Promises,
): Promise<{ -readonly [Index in keyof Promises]: Awaited<Promises[Index]> }> {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}
