import type { WireService } from '../wire/wire.ts';
import type { Connection } from './connection.ts';
import { managementWire } from './management-wire.ts';

/**
 * The clients of the WebSocket APIs that this process serves, by stage and connection id. They are in memory only: when the
 * process ends they are all gone, like a client on AWS whose connection breaks.
 */
export class WebSocketConnections {
  /** The API Gateway Management API, by which functions send to clients. */
  readonly wire: WireService = managementWire(this);
  readonly #byStage = new Map<string, Map<string, Connection>>();

  /** The open connections of a stage that is served; `undefined` for any other stage. */
  ofStage(stageName: string): ReadonlyMap<string, Connection> | undefined {
    return this.#byStage.get(stageName);
  }

  /** Registers a stage. @returns its connections, for the gateway that serves it */
  serve(stageName: string): Map<string, Connection> {
    const connections = this.#byStage.get(stageName) ?? new Map<string, Connection>();
    this.#byStage.set(stageName, connections);
    return connections;
  }
}
