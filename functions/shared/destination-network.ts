import * as z from 'zod';
import { type DestinationNetwork, destinationNetworks } from '../../core/destinations/network-address.ts';
import { parseEnv, variable } from './environment.ts';

/** Which addresses may be delivered to. @throws Error that names the variable */
export function destinationNetwork(): DestinationNetwork {
  return parseEnv(variable.destinationNetwork, z.enum(destinationNetworks));
}
