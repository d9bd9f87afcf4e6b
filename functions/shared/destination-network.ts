import * as z from 'zod';
import { type DestinationNetwork, destinationNetworks } from '../../core/destinations/network-address.ts';
import { parseEnv, variable } from './environment.ts';

/**
 * The network that deliveries may go to. If the AWS services run on this machine too, a destination must not lead to them: its owner
 * chooses headers and body, and reads the response.
 * @throws Error that names the variable
 */
export function destinationNetwork(): DestinationNetwork {
  const network = parseEnv(variable.destinationNetwork, z.enum(destinationNetworks));
  // The SDK's own variable for an endpoint of all services, which nothing in lib/ sets.
  const awsPort = Number(URL.parse(process.env.AWS_ENDPOINT_URL ?? '')?.port);
  return network === 'loopback' && awsPort > 0 ? { awsPort } : network;
}
