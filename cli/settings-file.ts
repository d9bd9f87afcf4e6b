import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, open, readFile, readlink, realpath, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import * as z from 'zod';
import { exitCode, Failure } from './failure.ts';

const storedSettings = z.object({
  /** The Hawser that commands use unless told otherwise. */
  current: z.string().nullable(),
  /** Keyed by URL. */
  profiles: z.record(z.string(), z.object({ api_key: z.string(), organization: z.string().nullable() })),
});
export type StoredSettings = z.output<typeof storedSettings>;

/** Only the owner may read keys. */
const OWNER_ONLY = 0o600;
const OTHERS = 0o077;

/** A relative path in the variable is invalid and ignored: https://specifications.freedesktop.org/basedir-spec/latest/ */
export function settingsFile(environment: Readonly<Record<string, string | undefined>>): string {
  const given = environment.XDG_CONFIG_HOME;
  const folder = given?.startsWith('/') ? given : join(homedir(), '.config');
  return join(folder, 'hawser', 'config.json');
}

export async function readSettings(file: string, warn: (text: string) => void): Promise<StoredSettings> {
  const text = await readIfThere(file);
  if (text === undefined) return { current: null, profiles: {} };
  if (process.platform !== 'win32') await closeToOthers(file, warn);
  try {
    return storedSettings.parse(JSON.parse(text));
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof z.ZodError)) throw error;
    throw new Failure(exitCode.failed, `${file} is not a file that hawser has written`, {
      hint: 'repair it, or delete it and run hawser login',
    });
  }
}

/** If the mode can't be changed, as with a secret mounted read-only, the file is used anyway, with a warning each time. */
async function closeToOthers(file: string, warn: (text: string) => void): Promise<void> {
  try {
    const { mode } = await stat(file);
    if ((mode & OTHERS) === 0) return;
    await chmod(file, OWNER_ONLY);
    warn(`${file} has keys in it and could be read by others: now only you can read it`);
  } catch (error) {
    warn(`${file} has keys in it, others can read it, and that can't be changed: ${(error as Error).message}`);
  }
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    // A folder of the path may be missing, or not be a folder. Either way nothing is stored.
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw fileFailure(file, 'read', error);
  }
}

function fileFailure(file: string, done: 'read' | 'written', error: unknown): Failure {
  return new Failure(exitCode.failed, `${file} can't be ${done}: ${(error as Error).message}`, {
    hint: 'XDG_CONFIG_HOME sets its folder; with HAWSER_URL and HAWSER_API_KEY no file is needed',
  });
}

export async function writeSettings(file: string, settings: StoredSettings): Promise<void> {
  try {
    await replaceFile(file, `${JSON.stringify(settings, null, 2)}\n`);
  } catch (error) {
    throw fileFailure(file, 'written', error);
  }
}

/** All or nothing: whoever reads at the same time sees either the old file or the new one. */
async function replaceFile(link: string, content: string): Promise<void> {
  const file = await fileBehind(link);
  await makePrivateFolder(dirname(file));
  const temporary = `${file}.${randomUUID()}`;
  try {
    await writePrivate(temporary, content);
    await rename(temporary, file);
  } catch (error) {
    // The temporary file has keys in it too.
    await rm(temporary, { force: true });
    throw error;
  }
}

/** People keep such files elsewhere and link to them. The link may exist before its file does. */
async function fileBehind(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const target = await linkTarget(path);
  if (target === undefined) return path;
  // The link's folder may itself be behind a link, and `..` then refers to the real folder.
  return fileBehind(resolve(await realpath(dirname(path)), target));
}

async function linkTarget(path: string): Promise<string | undefined> {
  try {
    return await readlink(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Makes the parent folders too. Not with `recursive: true`: Node then loops for ever if a folder can't be made, as in /proc. */
async function makePrivateFolder(path: string): Promise<void> {
  if (existsSync(path)) return;
  await makePrivateFolder(dirname(path));
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    // Another process has made it first.
    if (!existsSync(path)) throw error;
  }
}

async function writePrivate(path: string, content: string): Promise<void> {
  const handle = await open(path, 'wx', OWNER_ONLY);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
