import type { WireService } from '../wire/wire.ts';
import type { Connection } from './connection.ts';
import { managementWire } from './management-wire.ts';

/**
 * The clients of the WebSocket APIs that this process serves, by stage and connection id. They are in memory only: with the
 * process all of them are gone, as a client is on AWS when its connection breaks.
 */
export class WebSocketConnections {
  /** The API Gateway Management API, by which functions send to clients. */
  readonly wire: WireService = managementWire(this);
  readonly #byStage = new Map<string, Map<string, Connection>>();

  /** The open connections of a stage that is served; `undefined` where none is. */
  of(stageName: string): ReadonlyMap<string, Connection> | undefined {
    return this.#byStage.get(stageName);
  }

  /** Makes a stage known. @returns its connections, for the gateway that serves it. */
  serve(stageName: string): Map<string, Connection> {
    const connections = this.#byStage.get(stageName) ?? new Map<string, Connection>();
    this.#byStage.set(stageName, connections);
    return connections;
  }
}
