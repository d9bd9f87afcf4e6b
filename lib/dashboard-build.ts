import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AssetHashType, DockerImage, type ILocalBundling } from 'aws-cdk-lib';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import type { Construct } from 'constructs';

const projectRoot = fileURLToPath(new URL('..', import.meta.url));
const dashboardDir = `${projectRoot}dashboard`;
const vite = `${projectRoot}node_modules/vite/bin/vite.js`;

const HASHED_FOLDER = 'assets/';

/**
 * All built files whose name contains the hash of their content (dashboard/vite.config.ts); only the page and the icon
 * are beside them.
 */
export const HASHED_FILES = `${HASHED_FOLDER}*`;

/**
 * Serves the page of the dashboard for any path that is not a file, because its router reads the path. Error responses
 * could not do that: they apply to the whole distribution, and would replace the 404s of the API. A missing script stays
 * a 404, so that the page sees a missing script instead of one that fails to parse.
 */
export function pageFunction(publicDir = `${dashboardDir}/public`): string {
  // Vite copies these files as they are: https://vite.dev/guide/assets.html#the-public-directory
  const files = readdirSync(publicDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => `/${relative(publicDir, `${parentPath}/${name}`).replaceAll(sep, '/')}`);
  return `function handler(event) {
  var request = event.request;
  var isFile = request.uri.startsWith('/${HASHED_FOLDER}') || ${JSON.stringify(files)}.includes(request.uri);
  if (!isFile) request.uri = '/index.html';
  return request;
}
`;
}

/** The dashboard can't be built. The message contains the output of Vite. */
export class DashboardBuildError extends Error {
  override readonly name = 'DashboardBuildError';
}

/**
 * The built dashboard. Its hash is that of the output, and Vite makes the same output of the same sources, so a
 * deployment copies files only if one has changed. Vite builds it at the synthesis, without Docker, unless bundling is
 * off (`aws:cdk:bundling-stacks`).
 */
export function dashboardAsset(scope: Construct, id: string): Asset {
  return new Asset(scope, id, {
    path: dashboardDir,
    assetHashType: AssetHashType.OUTPUT,
    bundling: { image: DockerImage.fromRegistry('never-pulled'), local: viteBuild(dashboardDir) },
  });
}

/** Exported for the test of a build that fails. */
export function viteBuild(sourceDir: string): ILocalBundling {
  return {
    tryBundle(outputDir) {
      const build = spawnSync(
        process.execPath,
        [vite, 'build', sourceDir, '--outDir', outputDir, '--emptyOutDir', '--logLevel', 'warn'],
        // Even if a test runs the synthesis, this is a build for production.
        { encoding: 'utf8', env: { ...process.env, NODE_ENV: 'production' } },
      );
      if (build.status === 0) return true;
      const output = build.error?.message ?? `${build.stdout}${build.stderr}`.trim();
      throw new DashboardBuildError(`the dashboard can't be built (npx vite build dashboard):\n${output}`);
    },
  };
}
