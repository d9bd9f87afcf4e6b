import type { Consumed } from '../../local/dynamodb/capacity-meter.ts';
import type { Hawser } from '../support/hawser.ts';

/** What a running stack's tables have consumed since its start, or between two times. */
export class Consumption {
  readonly #consumed: readonly Consumed[];

  private constructor(consumed: readonly Consumed[]) {
    this.#consumed = consumed;
  }

  static async of(hawser: Hawser): Promise<Consumption> {
    const response = await fetch(`${hawser.awsUrl}/_hawser/consumed-capacity`);
    return new Consumption(((await response.json()) as { consumed: Consumed[] }).consumed);
  }

  since(before: Consumption): Consumption {
    const rest = this.#consumed.map((now) => {
      const then = before.#consumed.find((one) => nameOf(one) === nameOf(now));
      return {
        ...now,
        requests: now.requests - (then?.requests ?? 0),
        readUnits: now.readUnits - (then?.readUnits ?? 0),
        writeUnits: now.writeUnits - (then?.writeUnits ?? 0),
      };
    });
    return new Consumption(rest.filter(({ requests }) => requests > 0));
  }

  /** @param name such as `events PutItem` or `deliveries/by_state Query` */
  of(name: string): { readonly requests: number; readonly units: number } {
    const found = this.#consumed.find((one) => nameOf(one) === name);
    return { requests: found?.requests ?? 0, units: (found?.readUnits ?? 0) + (found?.writeUnits ?? 0) };
  }

  get names(): string[] {
    return this.#consumed.map(nameOf);
  }

  get readUnits(): number {
    return this.#consumed.reduce((sum, { readUnits }) => sum + readUnits, 0);
  }

  get writeUnits(): number {
    return this.#consumed.reduce((sum, { writeUnits }) => sum + writeUnits, 0);
  }

  toString(): string {
    return this.names.map((name) => `${name} ${this.of(name).units} (${this.of(name).requests}×)`).join(', ');
  }
}

/** CloudFormation names a table such as `Hawser-StorageEvents1AF1C090-5C8Y6DNOEHYU` after its name in the template. */
function nameOf({ table, index, operation }: Consumed): string {
  const name = /Storage(Events|Deliveries|Configuration)/.exec(table)?.[1]?.toLowerCase() ?? table;
  return `${name}${index === null ? '' : `/${index}`} ${operation}`;
}
