import type { Command } from 'commander';
import { addCommand, type Invocation } from '../command.ts';
import { usageFailure } from '../failure.ts';

/** What may follow, by the commands before it: `sources` → `list get …`. */
type Words = ReadonlyMap<string, readonly string[]>;

export function addCompletion(root: Command): void {
  addCommand<object>(root, {
    usage: 'completion <shell>',
    summary: 'Print what completes commands and options in your shell: bash or zsh',
    examples: ['completion bash >> ~/.bashrc', 'completion zsh >> ~/.zshrc'],
    local: true,
    run: async ({ args, out }: Invocation<object>) => {
      const [shell] = args;
      if (shell !== 'bash' && shell !== 'zsh') throw usageFailure(`${shell} is not known`, 'bash and zsh are');
      out.line(shell === 'bash' ? bashScript(wordsOf(root)) : zshScript(wordsOf(root)));
    },
  });
}

function wordsOf(command: Command, path = ''): Words {
  const options = command.options.flatMap(({ long }) => long ?? []);
  const names = command.commands.map((child) => child.name());
  const own: [string, string[]] = [path, [...names, ...options, '--help']];
  return new Map([own, ...command.commands.flatMap((child) => [...wordsOf(child, `${path} ${child.name()}`.trim())])]);
}

/** The words that are commands, one after the other; the script goes along them as far as there are any. */
function cases(words: Words): string {
  return [...words].map(([path, next]) => `    '${path}') echo '${next.join(' ')}' ;;`).join('\n');
}

function shellFunctions(words: Words): string {
  return `_hawser_words() {
  case "$1" in
${cases(words)}
  esac
}

_hawser_path() {
  local found='' word
  for word in "$@"; do
    case " $(_hawser_words "$found") " in
      *" $word "*) case "$word" in -*) ;; *) found="\${found:+$found }$word" ;; esac ;;
    esac
  done
  echo "$found"
}`;
}

function bashScript(words: Words): string {
  return `# hawser completion bash
${shellFunctions(words)}

_hawser() {
  local current="\${COMP_WORDS[COMP_CWORD]}"
  local at
  at="$(_hawser_path "\${COMP_WORDS[@]:1:COMP_CWORD-1}")"
  COMPREPLY=($(compgen -W "$(_hawser_words "$at")" -- "$current"))
}
complete -o default -F _hawser hawser`;
}

function zshScript(words: Words): string {
  return `# hawser completion zsh
${shellFunctions(words)}

_hawser() {
  local at="$(_hawser_path "\${words[@]:1:$((CURRENT - 2))}")"
  compadd -- \${=$(_hawser_words "$at")}
  _files
}
compdef _hawser hawser`;
}
