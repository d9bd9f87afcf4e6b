import { hawserApp } from '../lib/app.ts';
import { ConfigError } from '../lib/config.ts';

try {
  hawserApp().app.synth();
} catch (error) {
  // A wrong setting is the user's to correct: the message says it all, a stack trace would bury it.
  if (!(error instanceof ConfigError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
