import { hawserApp } from '../lib/app.ts';
import { ConfigError } from '../lib/config.ts';
import { DashboardBuildError } from '../lib/dashboard-build.ts';

try {
  hawserApp().app.synth();
} catch (error) {
  // A wrong setting, or a page that does not compile, is for the user to correct. The message says everything; a stack trace
  // would bury it.
  if (!(error instanceof ConfigError || error instanceof DashboardBuildError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
