import { residentMiB } from '../../bench/cpu-time.ts';

/** The resident memory of a process, over the course of a run. */
export class MemorySamples {
  readonly #pid: number;
  readonly #samplesMiB: number[] = [];

  constructor(pid: number) {
    this.#pid = pid;
  }

  add(): void {
    this.#samplesMiB.push(residentMiB(this.#pid));
  }

  get lastMiB(): number {
    return this.#samplesMiB.at(-1) ?? 0;
  }

  /** The median of a quarter of the samples, the first being 1. */
  quarterMiB(quarter: 1 | 2 | 3 | 4): number {
    const size = this.#samplesMiB.length / 4;
    const sorted = this.#samplesMiB.slice(Math.floor((quarter - 1) * size), Math.floor(quarter * size)).sort(ascending);
    return sorted[Math.floor(sorted.length / 2)] ?? 0;
  }

  toString(): string {
    return ([1, 2, 3, 4] as const).map((quarter) => this.quarterMiB(quarter)).join(', ');
  }
}

const ascending = (one: number, other: number) => one - other;
