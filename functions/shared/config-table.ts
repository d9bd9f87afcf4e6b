import { ConfigTable } from '../stores/config/config-table.ts';
import { configDynamodb } from './aws-clients.ts';
import { requireEnv, variable } from './environment.ts';

/** The configuration table that the function's construct grants it. @throws Error that names the missing variable */
export function configTableFromEnvironment(): ConfigTable {
  return new ConfigTable(configDynamodb(), requireEnv(variable.configTable));
}
