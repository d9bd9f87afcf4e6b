/** The bytes of a budget that one caller holds. */
export interface Share {
  /**
   * Sets the share to the bytes that are actually used. They are already in memory, so this may exceed what is free: others then
   * wait longer.
   */
  resize(bytes: number): void;
  /** Releasing again does nothing. */
  release(): void;
}

interface Waiting {
  readonly bytes: number;
  readonly grant: (share: Share) => void;
}

/**
 * Shares out memory, first come, first served: a large request is not overtaken by small ones behind it. A request larger than
 * the whole budget is granted when nobody else holds a share, so nobody waits forever.
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
   * @param waitingEnds called only if the request has to wait; it is withdrawn once the returned promise resolves
   * @returns `undefined` if the wait ended first
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
      resize: (now) => {
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
    // It may have been blocking smaller ones behind it.
    this.#grant();
    return true;
  }
}
