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

/** Every file below that has its content's hash in its name (dashboard/vite.config.ts); beside it are the page and the icon. */
export const HASHED_FILES = `${HASHED_FOLDER}*`;

/**
 * What has the name of no file is a page of the dashboard, whose router reads the path. By error responses it could not be done: they
 * are of the whole distribution, and would replace the API's own 404s. A script that is not there is none: to the page it would be
 * one that fails, and not one that is missing.
 */
export function pageFunction(publicDir = `${dashboardDir}/public`): string {
  // Vite copies them as they are: https://vite.dev/guide/assets.html#the-public-directory
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

/** The dashboard can't be built. The message is what Vite said. */
export class DashboardBuildError extends Error {
  override readonly name = 'DashboardBuildError';
}

/**
 * The built dashboard. Its hash is that of the output, which Vite makes the same of the same sources, so that a deployment
 * copies files only where one has changed. Built by Vite itself at the synthesis, without Docker, unless bundling is off
 * (`aws:cdk:bundling-stacks`).
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
        // Whatever the synthesis is run from, a test for example, this is a build for production.
        { encoding: 'utf8', env: { ...process.env, NODE_ENV: 'production' } },
      );
      if (build.status === 0) return true;
      const said = build.error?.message ?? `${build.stdout}${build.stderr}`.trim();
      throw new DashboardBuildError(`the dashboard can't be built (npx vite build dashboard):\n${said}`);
    },
  };
}
