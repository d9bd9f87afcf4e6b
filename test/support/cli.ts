import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';

/**
 * Options for Node: it pretends to be too old to run the command line, so the Node that `npm ci` installs runs it as its child.
 */
export const AS_OLDER_NODE = [
  '--import',
  `data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'20.1.0'}})`,
];

const TELL_LOADED = `import { registerHooks } from 'node:module';
registerHooks({ load(url, context, next) { process.stderr.write(\`loaded \${url}\\n\`); return next(url, context); } });`;

/** Options for Node: it prints on stderr which modules it loads. */
export const TELLING_MODULES = ['--import', `data:text/javascript,${encodeURIComponent(TELL_LOADED)}`];

const projectDir = resolve(import.meta.dirname, '../..');
const entry = resolve(projectDir, 'cli/hawser.js');

export interface CliOutcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

type Environment = Readonly<Record<string, string>>;

/** A program for Node that starts a command as tmux's server does: it keeps the command line with which it was started itself. */
const SERVER = `require('node:child_process').spawn(process.execPath, process.argv.slice(2), { stdio: 'inherit' })`;

const QUIET_NPM = { npm_config_update_notifier: 'false', npm_config_offline: 'true' };

/** Runs the command line as a process, as a user with a config folder of his own. */
export class Cli {
  readonly configHome: string;
  readonly #environment: Environment;

  private constructor(configHome: string, environment: Environment) {
    this.configHome = configHome;
    this.#environment = environment;
  }

  static async create(environment: Environment = {}): Promise<Cli> {
    return new Cli(await mkdtemp(join(tmpdir(), 'hawser-cli-')), environment);
  }

  /** The same user with other variables. */
  with(environment: Environment): Cli {
    return new Cli(this.configHome, { ...this.#environment, ...environment });
  }

  async run(
    args: readonly string[],
    { stdin = '' as string | Uint8Array, nodeArgs = [] as readonly string[] } = {},
  ): Promise<CliOutcome> {
    const child = this.#spawn(args, nodeArgs);
    child.stdin?.end(stdin);
    const [stdout, stderr, [code]] = await Promise.all([
      child.stdout ? text(child.stdout) : '',
      child.stderr ? text(child.stderr) : '',
      once(child, 'close'),
    ]);
    return { code, stdout, stderr };
  }

  /** The output with `--json`. @throws Error if the exit code isn't 0 */
  async json<Answer = Record<string, unknown>>(...args: readonly string[]): Promise<Answer> {
    const { code, stdout, stderr } = await this.run([...args, '--json']);
    if (code !== 0) throw new Error(`hawser ${args.join(' ')} ended with ${code}: ${stderr}`);
    return JSON.parse(stdout) as Answer;
  }

  /** Starts a command that doesn't end by itself. */
  start(args: readonly string[]): RunningCli {
    return new RunningCli(this.#spawn(args));
  }

  /** The same, started by an older Node as its child. The two are a process group of their own, as in a terminal. */
  startByOlderNode(args: readonly string[]): RunningCli {
    return new RunningCli(this.#spawn(args, AS_OLDER_NODE, true));
  }

  /** The same, started by `npx` as in docs/cli.md, in a process group of its own. @param shell with which npm starts commands */
  startByNpx(args: readonly string[], shell: string): RunningCli {
    const npm = { ...QUIET_NPM, npm_config_script_shell: shell };
    return new RunningCli(this.with(npm).#spawnProgram('npx', ['--no-install', 'hawser', ...args], true));
  }

  /** The same in a terminal, which needs `script` (terminal.ts). @returns a command into which one can type */
  startByNpxInTerminal(args: readonly string[], shell: string): RunningCli {
    const npm = { ...QUIET_NPM, npm_config_progress: 'false', npm_config_script_shell: shell };
    const words = ['npx', '--no-install', 'hawser', ...args].map((word) => `'${word}'`).join(' ');
    // Otherwise the terminal would show what is typed between the lines.
    const script = ['--quiet', '--return', '--flush', '--command', `stty -echo; exec ${words}`, '/dev/null'];
    return new RunningCli(this.with(npm).#spawnProgram('script', script, true));
  }

  /** The same, started by a script of a project that has an older Node. */
  async startByScript(args: readonly string[]): Promise<RunningCli> {
    const scripts = { listen: '"$NODE" "$FLAG" "$AS_OLDER" "$ENTRY"' };
    await writeFile(join(this.configHome, 'package.json'), JSON.stringify({ scripts }));
    const [FLAG = '', AS_OLDER = ''] = AS_OLDER_NODE;
    const one = this.with({ ...QUIET_NPM, NODE: process.execPath, FLAG, AS_OLDER, ENTRY: entry });
    const npm = ['--prefix', this.configHome, 'run', '--silent', 'listen', '--', ...args];
    return new RunningCli(one.#spawnProgram('npm', npm, true));
  }

  /** The same, started by a shell that ends when it is told to. @param environment the shell's variables */
  startByShell(args: readonly string[], environment: Environment): RunningCli {
    const script = '"$@" & read -r line';
    return new RunningCli(
      this.with(environment).#spawnProgram('sh', ['-c', script, 'sh', process.execPath, entry, ...args], true),
    );
  }

  /**
   * The same, started by an npm that has ended before the command begins.
   * @param left what remains of npm and waits for the command
   */
  startAfterNpm(args: readonly string[], left: 'its shell' | 'a program of its script' | 'nothing'): RunningCli {
    const npm = { npm_lifecycle_event: 'npx', npm_lifecycle_script: ': hawser', NODE: process.execPath, ENTRY: entry };
    const command = `"$NODE" "$ENTRY" ${args.join(' ')}`;
    const by = {
      // Without the last `:`, the shell would have nothing left to do and would become the command.
      'its shell': `exec sh -c ': hawser; ${command}; :'`,
      'a program of its script': `exec "$NODE" -e "$SERVER" -- ': hawser' "$ENTRY" ${args.join(' ')}`,
      nothing: `exec ${command}`,
    }[left];
    const orphan = `(while kill -0 $$ 2> /dev/null; do sleep 0.05; done; ${by}) &`;
    return new RunningCli(this.with({ ...npm, SERVER }).#spawnProgram('sh', ['-c', orphan], true));
  }

  async dispose(): Promise<void> {
    await rm(this.configHome, { recursive: true, force: true });
  }

  #spawn(args: readonly string[], nodeArgs: readonly string[] = [], detached = false): ChildProcess {
    return this.#spawnProgram(process.execPath, [...nodeArgs, entry, ...args], detached);
  }

  #spawnProgram(program: string, args: readonly string[], detached: boolean): ChildProcess {
    return spawn(program, args, {
      cwd: projectDir,
      env: { PATH: process.env.PATH, HOME: this.configHome, XDG_CONFIG_HOME: this.configHome, ...this.#environment },
      stdio: 'pipe',
      detached,
    });
  }
}

/** A command that prints until it is told to stop. */
export class RunningCli {
  readonly lines: string[] = [];
  /** The exit code of the process that was started, once nothing that it started can print any more. */
  readonly ended: Promise<number | null>;
  readonly #child: ChildProcess;
  #changed: () => void = () => {};

  constructor(child: ChildProcess) {
    this.#child = child;
    this.ended = once(child, 'close').then(([code]) => code as number | null);
    // A command that has ended no longer reads what is typed.
    child.stdin?.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
    for (const stream of [child.stdout, child.stderr]) {
      if (!stream) continue;
      createInterface({ input: stream }).on('line', (line) => {
        this.lines.push(line);
        this.#changed();
      });
    }
  }

  /** The first matching line, from line `from` on, that it has printed or will print. */
  async until(holds: (line: string) => boolean, from = 0, timeoutMs = 18_000): Promise<string> {
    const deadlineMs = Date.now() + timeoutMs;
    for (;;) {
      const found = this.lines.slice(from).find(holds);
      if (found !== undefined) return found;
      const leftMs = deadlineMs - Date.now();
      if (leftMs <= 0) throw new Error(`waited in vain; it has printed:\n${this.lines.join('\n')}`);
      await new Promise<void>((wake) => {
        const timer = setTimeout(wake, leftMs);
        this.#changed = () => {
          clearTimeout(timer);
          wake();
        };
      });
    }
  }

  /** Types into its terminal or its standard input. */
  type(text: string): void {
    this.#child.stdin?.write(text);
  }

  /** Ends its input, so that a shell waiting for a line ends. */
  endInput(): void {
    this.#child.stdin?.end();
  }

  /** Stops reading, so that printing fails. */
  hangUp(): void {
    this.#child.stdout?.destroy();
    this.#child.stderr?.destroy();
  }

  /** The documents of one type that it has printed with `--json`. */
  documents(type: string): Record<string, unknown>[] {
    return this.lines.map((line) => JSON.parse(line)).filter((document) => document.type === type);
  }

  /** @returns the exit code */
  async stop(signal: NodeJS.Signals = 'SIGINT'): Promise<number | null> {
    this.#child.kill(signal);
    return this.ended;
  }

  /** Sends the signal to every process of its group, as a terminal or a supervisor does. @returns the exit code */
  async stopGroup(signal: NodeJS.Signals): Promise<number | null> {
    const { pid } = this.#child;
    try {
      if (pid !== undefined) process.kill(-pid, signal);
    } catch (error) {
      // All processes have ended.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
    return this.ended;
  }
}
