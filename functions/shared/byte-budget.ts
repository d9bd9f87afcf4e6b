/** So many bytes of a budget, for whoever has taken them. */
export interface Share {
  /** Once it is known what is really used. It may be more than is free, as it is there already: others then wait the longer. */
  become(bytes: number): void;
  /** May be called again, which does nothing. */
  release(): void;
}

interface Waiting {
  readonly bytes: number;
  readonly grant: (share: Share) => void;
}

/**
 * Shares out what memory there is, first come, first served: who waits for much is not overtaken by those who need little. One
 * that is larger than the whole budget gets it when nobody else has any of it, so nobody waits for ever.
 */
export class ByteBudget {
  readonly #total: number;
  #taken = 0;
  #shares = 0;
  readonly #waiting: Waiting[] = [];

  constructor(totalBytes: number) {
    this.#total = totalBytes;
  }

  /**
   * @param waitingEnds asked for only where it has to wait; once it has resolved, nothing is taken any more
   * @returns `undefined` when the wait has ended before
   */
  take(bytes: number): Promise<Share>;
  take(bytes: number, waitingEnds: () => Promise<unknown>): Promise<Share | undefined>;
  take(bytes: number, waitingEnds?: () => Promise<unknown>): Promise<Share | undefined> {
    if (this.#waiting.length === 0 && this.#fits(bytes)) return Promise.resolve(this.#share(bytes));
    const { promise, resolve } = Promise.withResolvers<Share | undefined>();
    const waiting = { bytes, grant: resolve };
    this.#waiting.push(waiting);
    void waitingEnds?.().then(() => this.#withdraw(waiting) && resolve(undefined));
    return promise;
  }

  async use<Result>(bytes: number, work: () => Promise<Result>): Promise<Result> {
    const share = await this.take(bytes);
    try {
      return await work();
    } finally {
      share.release();
    }
  }

  #fits(bytes: number): boolean {
    return this.#shares === 0 || this.#taken + bytes <= this.#total;
  }

  #share(bytes: number): Share {
    let held = bytes;
    let isHeld = true;
    this.#shares++;
    this.#taken += bytes;
    return {
      become: (now) => {
        if (!isHeld) return;
        this.#taken += now - held;
        held = now;
        this.#grant();
      },
      release: () => {
        if (!isHeld) return;
        isHeld = false;
        this.#shares--;
        this.#taken -= held;
        this.#grant();
      },
    };
  }

  #grant(): void {
    for (let [next] = this.#waiting; next && this.#fits(next.bytes); [next] = this.#waiting) {
      this.#waiting.shift();
      next.grant(this.#share(next.bytes));
    }
  }

  /** @returns whether it was still waiting */
  #withdraw(waiting: Waiting): boolean {
    const index = this.#waiting.indexOf(waiting);
    if (index === -1) return false;
    this.#waiting.splice(index, 1);
    // It may have kept back those behind it.
    this.#grant();
    return true;
  }
}
