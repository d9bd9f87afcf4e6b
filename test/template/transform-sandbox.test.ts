import { execFile } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventWith } from '../../core/transform/transform-under-test.ts';
import { temporaryFolder } from '../../local/test-support/start-stack.ts';
import { synthesize } from '../../local/synthesize.ts';
